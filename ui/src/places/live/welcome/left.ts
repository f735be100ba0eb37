import { useSyncExternalStore } from "react";

const KEY = "mainstay.welcome";
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether the user has said "not now" to the first run, now or in an earlier run. */
export function useLeft(): [boolean, (left: boolean) => void] {
  const left = useSyncExternalStore(subscribe, () => localStorage.getItem(KEY) === "left");
  return [
    left,
    (next) => {
      if (next) localStorage.setItem(KEY, "left");
      else localStorage.removeItem(KEY);
      for (const listener of listeners) listener();
    },
  ];
}
