import { createContext, use } from "react";

/**
 * What the page needs from whatever it runs in.
 *
 * The one seam between UI and shell: components call this interface and never learn whether a desktop window or a
 * browser is behind it. Every method rejects with a {@link HostError} and with nothing else.
 */
export interface Host {
  /** The version of the running product, as in its package: `0.1.0`. */
  version(): Promise<string>;
  /** Puts `text` on the system's clipboard. Must be called from a user's gesture. */
  copyText(text: string): Promise<void>;
}

/** A failure as a person can use it; `code` is stable and the only part that the UI may decide by. */
export class HostError extends Error {
  override readonly name = "HostError";

  constructor(
    /** Which failure it is: `clipboard_refused`, `shell_unreachable`. */
    readonly code: "clipboard_refused" | "shell_unreachable",
    /** What happened, as a sentence. */
    message: string,
    /** What to do next, as a sentence. */
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Carries the host to the components; set once, at the root. */
export const HostContext = createContext<Host | null>(null);

/** The host that the page runs in. */
export function useHost(): Host {
  const host = use(HostContext);
  if (!host) throw new Error("no HostContext above this component");
  return host;
}
