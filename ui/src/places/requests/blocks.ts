import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useLive } from "../../feed.tsx";
import type { ExchangeFilter, ExchangeRow } from "../../host/generated.ts";
import { useHost, type HostError } from "../../host/host.ts";

/** How many exchanges are asked for at a time. */
export const BLOCK = 200;

/** A stretch of the list that is in view: from the one to before the other. */
export interface Stretch {
  from: number;
  to: number;
}

export interface Past {
  /** How many there are in all; undefined until that is known. */
  total: number | undefined;
  /** The one at this place of the list, newest first; undefined while it is being read. */
  at: (place: number) => ExchangeRow | undefined;
  error: HostError | null;
  /** How many have come in since the list was read. */
  newer: number;
  isReading: boolean;
  readAgain: () => void;
}

/**
 * The history as a list of which any place can be looked at: only what is in view is asked for, and what was looked at is
 * forgotten after a while. It stands still at the moment when it was read, so that places stay what they are.
 */
export function usePast(filter: ExchangeFilter, shown: boolean, view: Stretch): Past {
  const host = useHost();
  const { exchanges, skew } = useLive();
  const read = (block: number, to: number) =>
    host.perform("exchanges", { limit: BLOCK, skip: block * BLOCK, ...filter, to });
  const first = useQuery({
    queryKey: ["exchanges", filter],
    queryFn: async () => {
      // The moment by the engine's clock; what came in within it belongs to it.
      const moment = Math.ceil(Date.now() + skew) + 1;
      return { ...(await read(0, moment)), moment };
    },
    enabled: shown,
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
  const moment = first.data?.moment ?? 0;
  const total = first.data && (first.data.total ?? first.data.rows.length);
  const last = Math.max(Math.ceil((total ?? 0) / BLOCK) - 1, 0);
  const wanted: number[] = [];
  for (
    let block = Math.max(1, Math.floor(view.from / BLOCK));
    block <= Math.min(last, Math.floor(view.to / BLOCK));
    block++
  ) {
    wanted.push(block);
  }
  const others = useQueries({
    queries: (first.isPlaceholderData ? [] : wanted).map((block) => ({
      queryKey: ["exchanges", filter, moment, block],
      queryFn: () => read(block, moment),
      enabled: shown,
      gcTime: 120_000,
    })),
  });
  const at = (place: number) => {
    const block = Math.floor(place / BLOCK);
    const rows = block === 0 ? first.data?.rows : others[wanted.indexOf(block)]?.data?.rows;
    return rows?.[place % BLOCK];
  };
  const known = new Set(first.data?.rows.map(({ id }) => id));
  // All that ended before the question are in its answer, as far as the filters let them.
  const isNewer = (each: ExchangeRow) => each.time + each.totalMs >= moment && !known.has(each.id);
  return {
    total,
    at,
    error: first.error ?? others.find(({ error }) => error !== null)?.error ?? null,
    newer: first.data && !first.isPlaceholderData ? exchanges.filter(isNewer).length : 0,
    isReading: first.isFetching || others.some(({ isFetching }) => isFetching),
    readAgain: () => void first.refetch(),
  };
}
