import { createContext, use } from "react";
import type { LiveFrame, Operations } from "./generated.ts";

/**
 * What the page needs from whatever it runs in.
 *
 * The one seam between UI and shell: components call this interface and never learn whether a desktop window or a
 * browser is behind it. Every promise rejects with a {@link HostError} and with nothing else.
 */
export interface Host {
  /** The version of the running product, as in its package: `0.1.0`. */
  version(): Promise<string>;
  /** Asks the engine to do one thing of its list. */
  perform<Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]["input"],
  ): Promise<Operations[Name]["output"]>;
  /**
   * Follows the engine. The first frame holds the whole state and the last exchanges, later ones what changed; at most
   * ten a second. `onLost` is called once, when no frame can come any more. Returns the way to stop.
   */
  watch(onFrame: (frame: LiveFrame) => void, onLost?: (error: HostError) => void): () => void;
  /** Puts `text` on the system's clipboard. Must be called from a user's gesture. */
  copyText(text: string): Promise<void>;
  /** Puts the gateway's token on the clipboard. The shell does it by itself: the page never holds the token. */
  copyToken(): Promise<void>;
}

/** A failure as a person can use it; `code` is stable and the only part that the UI may decide by. */
export class HostError extends Error {
  override readonly name = "HostError";

  constructor(
    /** Which failure it is, a word of the engine or the shell: `profile_changed`, `shell_unreachable`. */
    readonly code: string,
    /** What happened, as a sentence. */
    message: string,
    /** What to do next, as a sentence; may be empty. */
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
