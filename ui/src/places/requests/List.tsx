import { RotateCw } from "lucide-react";
import { useState } from "react";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { count } from "../../figures.ts";
import type { ExchangeFilter } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { usePast, type Stretch } from "./blocks.ts";
import { Nothing, type Looking } from "./Nothing.tsx";
import { PastTable } from "./PastTable.tsx";

const words = strings.requests;

/** What was found. It stands still while it is read: newer ones wait behind a button. */
export function List({ filter, ...looking }: Looking & { filter: ExchangeFilter }) {
  const [view, setView] = useState<Stretch>({ from: 0, to: 0 });
  const { total, at, error, newer, isReading, readAgain } = usePast(filter, looking.shown, view);
  return (
    <section aria-label={words.view.list} className="mt-2">
      <div className="flex min-h-8 items-center justify-between gap-3">
        <p role="status" className="text-small text-ink-3">
          {total === undefined ? error === null && words.reading : total > 0 && words.found(total, count(total))}
        </p>
        <Button
          look="quiet"
          aria-disabled={isReading}
          data-testid="history-again"
          onClick={() => {
            if (!isReading) readAgain();
          }}
        >
          <RotateCw className="size-3.5" aria-hidden="true" />
          {newer > 0 ? words.newer(count(newer)) : words.readAgain}
        </Button>
      </div>
      {error && <ErrorNote error={error} />}
      {total === 0 && <Nothing {...looking} />}
      {total !== undefined && total > 0 && <PastTable total={total} at={at} onView={setView} />}
    </section>
  );
}
