import type { ReactNode } from "react";

/** A failure as the engine and the shell tell it. */
interface Told {
  code: string;
  message: string;
  hint: string;
}

/** The words of a failure: what happened, then what to do. */
export function ErrorText({ error }: { error: Told }) {
  return (
    <span data-code={error.code}>
      <span className="text-bad">{error.message}</span> <span className="text-ink-2">{error.hint}</span>
    </span>
  );
}

/** A failure in its place, the same way everywhere. `children` are the ways on, if there are any. */
export function ErrorNote({ error, children }: { error: Told; children?: ReactNode }) {
  return (
    <div role="alert" className="mt-1 text-small">
      <ErrorText error={error} />
      {children}
    </div>
  );
}
