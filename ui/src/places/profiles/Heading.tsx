import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";

/** A part of the form begins. */
export function Heading({ title, text }: { title: string; text?: string }) {
  return (
    <div className="border-t border-line pt-3 @min-[520px]:col-span-2">
      <h3 className="font-medium">{title}</h3>
      {text !== undefined && <p className="text-small text-ink-3">{text}</p>}
    </div>
  );
}

interface FoldedProps {
  title: string;
  /** What is set in it, in a few words: shown while it is closed too. */
  summary: string;
  /** Open to begin with. */
  open: boolean;
  children: ReactNode;
}

/** A part of the form that few need: closed until it is asked for, or says something. */
export function Folded({ title, summary, open, children }: FoldedProps) {
  return (
    <details open={open} className="group border-t border-line pt-2 @min-[520px]:col-span-2">
      <summary className="-mx-1 flex cursor-pointer list-none flex-wrap items-baseline gap-x-2 rounded-control px-1 py-1 hover:bg-well">
        <ChevronRight
          className="size-3.5 shrink-0 self-center text-ink-3 group-open:rotate-90 motion-safe:transition-transform"
          aria-hidden="true"
        />
        <h3 className="font-medium">{title}</h3>
        <span className="min-w-0 flex-1 text-small wrap-anywhere text-ink-3">{summary}</span>
      </summary>
      <div className="mt-2 grid gap-x-4 gap-y-3 @min-[520px]:grid-cols-2">{children}</div>
    </details>
  );
}
