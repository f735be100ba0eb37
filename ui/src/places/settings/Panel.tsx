import type { ReactNode } from "react";

interface PanelProps {
  title: string;
  why?: string;
  children: ReactNode;
}

/** One matter of a section: its name, what to know of it, its controls. */
export function Panel({ title, why, children }: PanelProps) {
  return (
    <div className="min-w-0 rounded-panel border border-line bg-panel p-5 shadow-panel">
      <h3 className="text-strong font-semibold tracking-tight">{title}</h3>
      {why !== undefined && <p className="mt-0.5 text-ink-2">{why}</p>}
      <div className="mt-3">{children}</div>
    </div>
  );
}

/** A name and what it stands for, in a list of such. */
export function Term({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 wrap-anywhere">{children}</dd>
    </>
  );
}

/** The list that {@link Term}s stand in. */
export function Terms({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-[112px_minmax(0,1fr)] gap-x-4 gap-y-1.5">{children}</dl>;
}
