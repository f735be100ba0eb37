import { useState } from "react";

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

/** The present choice, and the way to change it: at once, and for the next start. */
export function useAppearance(): [Appearance, (next: Appearance) => void] {
  const [appearance, setAppearance] = useState(keptAppearance);
  const choose = (next: Appearance) => {
    applyAppearance(next);
    localStorage.setItem(KEY, next);
    setAppearance(next);
  };
  return [appearance, choose];
}
