import type { ComponentProps } from "react";

/** `main` is the one thing to do in a place; `plain` stands beside it; `quiet` reads like a link; `danger` takes away. */
type Look = "main" | "plain" | "quiet" | "danger";

const looks: Record<Look, string> = {
  main: "border border-transparent bg-accent px-3 py-1 text-accent-ink hover:brightness-110 active:brightness-95",
  plain: "border border-edge bg-raise px-3 py-1 text-ink hover:bg-well active:bg-chosen",
  quiet: "px-2 py-1 text-accent hover:bg-well active:bg-chosen",
  danger: "px-2 py-1 text-bad hover:bg-bad-well",
};

/** For `ref`: takes the focus when it appears, because the user has just asked for it. */
export const focused = (element: HTMLElement | null) => {
  element?.focus();
};

/** A button. One that can't be pressed now is shown dimmed and keeps its place. */
export function Button({ look = "plain", className = "", ...rest }: ComponentProps<"button"> & { look?: Look }) {
  return (
    <button
      type="button"
      className={`inline-flex shrink-0 items-center justify-center gap-1.5 rounded-control font-medium whitespace-nowrap disabled:pointer-events-none disabled:opacity-50 aria-disabled:opacity-50 ${looks[look]} ${className}`}
      {...rest}
    />
  );
}
