import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import { useRef } from "react";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { ExchangeTable } from "../../components/exchanges/ExchangeTable.tsx";
import { useLive } from "../../feed.tsx";
import { count } from "../../figures.ts";
import type { ExchangeFilter, ExchangeRow } from "../../host/generated.ts";
import { useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { Nothing, type Looking } from "./Nothing.tsx";

const words = strings.requests;

/** How many are asked for at a time. */
const PAGE = 100;

/** What was found, page by page. It stands still while it is read: newer ones wait behind a button. */
export function List({ filter, ...looking }: Looking & { filter: ExchangeFilter }) {
  const { rows, error, newer, more, readMore, readAgain, isReading } = usePages(filter, looking.shown);
  const table = useRef<HTMLTableElement>(null);
  const showMore = async () => {
    const before = rows?.length ?? 0;
    await readMore();
    // The button may be gone, and what was asked for comes next: there the keyboard goes on.
    requestAnimationFrame(() => {
      table.current?.querySelectorAll<HTMLElement>("tbody button")[before]?.focus({ preventScroll: true });
    });
  };
  return (
    <section aria-label={words.view.list} className="@container mt-2">
      <div className="flex min-h-8 items-center justify-between gap-3">
        <p role="status" className="text-small text-ink-3">
          {shownCount(rows, more, error !== null)}
        </p>
        <Button look="quiet" aria-disabled={isReading} data-testid="history-again" onClick={readAgain}>
          <RotateCw className="size-3.5" aria-hidden="true" />
          {newer > 0 ? words.newer(count(newer)) : words.readAgain}
        </Button>
      </div>
      {error && <ErrorNote error={error} />}
      {rows?.length === 0 && <Nothing {...looking} />}
      {rows !== undefined && rows.length > 0 && <ExchangeTable ref={table} exchanges={rows} rowId="past" dated />}
      {more && (
        <Button className="mt-4" aria-disabled={isReading} data-testid="history-more" onClick={() => void showMore()}>
          {words.more}
        </Button>
      )}
    </section>
  );
}

function shownCount(rows: readonly ExchangeRow[] | undefined, more: boolean, failed: boolean): string {
  if (rows === undefined) return failed ? "" : words.reading;
  if (rows.length === 0) return "";
  return more ? words.found(count(rows.length)) : words.allShown(count(rows.length));
}

function usePages(filter: ExchangeFilter, shown: boolean) {
  const host = useHost();
  const { exchanges, skew } = useLive();
  const { data, error, isFetching, isPlaceholderData, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ["exchanges", filter],
    queryFn: async ({ pageParam: after }) => {
      const askedAt = Date.now();
      const page = await host.perform("exchanges", { limit: PAGE, ...filter, ...(after === null ? {} : { after }) });
      return { ...page, askedAt };
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    enabled: shown,
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
  const rows: ExchangeRow[] | undefined = data?.pages.flatMap((page) => page.rows);
  const known = new Set(rows?.map((row) => row.id));
  const askedAt = isPlaceholderData ? undefined : data?.pages[0]?.askedAt;
  // All that ended before the question are in its answer, as far as the filters let them.
  const isNewer = (each: ExchangeRow) =>
    askedAt !== undefined && each.time + each.totalMs - skew > askedAt && !known.has(each.id);
  return {
    rows,
    error,
    newer: exchanges.filter(isNewer).length,
    more: hasNextPage,
    isReading: isFetching,
    readMore: async () => {
      if (!isFetching) await fetchNextPage();
    },
    readAgain: () => {
      if (!isFetching) void refetch();
    },
  };
}
