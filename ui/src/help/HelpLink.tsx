import { CircleQuestionMark, X } from "lucide-react";
import { Dialog } from "radix-ui";
import { Suspense, lazy, useState } from "react";
import type { Aim } from "../places/go.ts";
import { strings } from "../strings.ts";

const words = strings.help;

// The pages are read when somebody asks for one.
const Guide = lazy(() => import("./Guide.tsx").then((module) => ({ default: module.Guide })));

/** The page of the guide that speaks of a place. */
const pages: Record<Aim["place"], string> = {
  live: "live",
  profiles: "profile-keys",
  failover: "failover",
  accounts: "accounts",
  requests: "requests",
  connect: "tools",
  settings: "settings",
};

/** The way to the page of the guide that speaks of the place that is open. It opens beside that. */
export function HelpLink({ place }: { place: Aim["place"] }) {
  const [page, setPage] = useState<string>();
  return (
    <>
      <button
        type="button"
        data-testid="help"
        aria-label={words.openFor(strings.frame[place])}
        aria-haspopup="dialog"
        onClick={() => {
          setPage(pages[place]);
        }}
        className="flex items-center gap-1 rounded-[4px] text-small font-medium text-accent hover:underline"
      >
        <CircleQuestionMark className="size-3.5" aria-hidden="true" />
        {words.open}
      </button>
      <Dialog.Root
        open={page !== undefined}
        onOpenChange={(open) => {
          if (!open) setPage(undefined);
        }}
      >
        <Dialog.Portal>
          <Dialog.Overlay className="fixed inset-0 z-30 bg-canvas/60" />
          <Dialog.Content
            data-testid="guide"
            aria-describedby={undefined}
            className="fixed inset-y-0 right-0 z-40 flex w-[min(620px,92vw)] flex-col border-l border-line bg-panel shadow-float outline-none"
          >
            <div className="flex items-center justify-between gap-3 border-b border-line px-6 py-3">
              <Dialog.Title className="font-medium text-ink-2">{words.title}</Dialog.Title>
              <Dialog.Close
                aria-label={words.close}
                className="rounded-[4px] p-1 text-ink-3 hover:bg-well hover:text-ink"
              >
                <X className="size-4" aria-hidden="true" />
              </Dialog.Close>
            </div>
            <Suspense fallback={<p className="px-6 py-4 text-ink-3">{words.reading}</p>}>
              {page !== undefined && <Guide page={page} onPage={setPage} />}
            </Suspense>
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
    </>
  );
}
