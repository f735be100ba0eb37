import type { ReactNode } from "react";

interface EmptyProps {
  title: string;
  why: string;
  /** The one next thing to do. */
  children?: ReactNode;
}

/** A place with nothing in it: what that means, and the one next action. */
export function Empty({ title, why, children }: EmptyProps) {
  return (
    <div className="rounded-panel border border-line bg-panel px-5 py-5 shadow-panel">
      <p className="text-strong font-semibold">{title}</p>
      <p className="mt-1 mb-4 max-w-130 text-ink-2">{why}</p>
      {children}
    </div>
  );
}
