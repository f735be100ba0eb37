import { useCallback, useSyncExternalStore } from "react";
import { useLive } from "./feed.tsx";

/** Often enough that no second is skipped; a component repaints only when its second changes. */
const EVERY = 250;

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** One timer for all countdowns, and none when there is none. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    if (!document.hidden) for (const each of listeners) each();
  }, EVERY);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Whole seconds until an instant of the engine's clock, in milliseconds since 1970; never below 0. */
export function useSecondsLeft(until: number): number {
  const { skew } = useLive();
  const read = useCallback(() => Math.max(0, Math.ceil((until - skew - Date.now()) / 1000)), [until, skew]);
  return useSyncExternalStore(subscribe, read);
}
