import { useSyncExternalStore } from "react";

/** Which colours the window shows: the system's choice, or the user's. */
export type Appearance = "system" | "light" | "dark";

export const appearances: readonly Appearance[] = ["system", "light", "dark"];

const KEY = "mainstay.appearance";

/** The choice kept from the last time; anything unreadable counts as "system". */
export function keptAppearance(): Appearance {
  const kept = localStorage.getItem(KEY);
  return appearances.find((appearance) => appearance === kept) ?? "system";
}

/** Colours the page. Called once before the first paint, so that no wrong colour flashes. */
export function applyAppearance(appearance: Appearance): void {
  if (appearance === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = appearance;
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Changes the colours at once, and for the next start. */
function chooseAppearance(next: Appearance): void {
  applyAppearance(next);
  localStorage.setItem(KEY, next);
  for (const listener of listeners) listener();
}

/** The present choice, the same wherever it is shown, and the way to change it. */
export function useAppearance(): [Appearance, (next: Appearance) => void] {
  return [useSyncExternalStore(subscribe, keptAppearance), chooseAppearance];
}
