import type { HostError } from "../host/host.ts";

/** A failure, the same way everywhere: what happened, then what to do. */
export function ErrorNote({ error }: { error: HostError }) {
  return (
    <p role="alert" data-code={error.code} className="mt-1 text-small text-bad">
      {error.message} <span className="text-ink-2">{error.hint}</span>
    </p>
  );
}
