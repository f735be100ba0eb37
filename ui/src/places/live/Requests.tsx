import { useEffect, useRef, useState } from "react";
import { ExchangeTable } from "../../components/exchanges/ExchangeTable.tsx";
import { useLive } from "../../feed.tsx";
import type { ExchangeRow } from "../../host/generated.ts";
import { strings } from "../../strings.ts";

const words = strings.feed;

/** How many are shown here: a table that is drawn anew several times a second is not to be longer than a look at it. */
const SHOWN = 25;

/** From so many new ones at once nobody reads each: the table is drawn anew once a second only, which is most of what a busy Live costs. */
const MANY = 8;
const PAUSE_MS = 1000;

/** The requests as they come, newest first. */
export function Requests() {
  const exchanges = useCalm(useLive().exchanges);
  return (
    <section aria-labelledby="requests-title" className="mt-5">
      <h2 id="requests-title" className="mb-1 flex gap-2.5 text-small font-semibold text-ink-2">
        {words.title} <span className="font-normal text-ink-3">{words.live}</span>
      </h2>
      {exchanges.length === 0 ? (
        <p className="border-t border-line py-3 text-ink-3">{words.empty}</p>
      ) : (
        <ExchangeTable exchanges={exchanges.slice(0, SHOWN)} rowId="exchange" />
      )}
    </section>
  );
}

/** What comes, at once while it is little, and once a second while it is much. */
function useCalm(exchanges: readonly ExchangeRow[]): readonly ExchangeRow[] {
  const [shown, setShown] = useState(exchanges);
  const shownAt = useRef(Number.NEGATIVE_INFINITY);
  const many = fresh(exchanges, shown) >= MANY;
  useEffect(() => {
    if (exchanges === shown) return;
    const show = () => {
      shownAt.current = performance.now();
      setShown(exchanges);
    };
    const due = many ? shownAt.current + PAUSE_MS - performance.now() : 0;
    if (due <= 0) {
      show();
      return;
    }
    const timer = setTimeout(show, due);
    return () => {
      clearTimeout(timer);
    };
  }, [exchanges, shown, many]);
  return many ? shown : exchanges;
}

/** How many of these are newer than those. */
function fresh(these: readonly ExchangeRow[], those: readonly ExchangeRow[]): number {
  const newest = those[0]?.id;
  const known = these.findIndex((exchange) => exchange.id === newest);
  return known < 0 ? these.length : known;
}
