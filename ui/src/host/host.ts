import { createContext, use } from "react";
import type { PageEvent, Preferences, Quit, ShellView } from "./generated-shell.ts";
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
  /** Opens an `https` address, or an `http` one of this machine, in the system's browser. */
  openAddress(address: string): Promise<void>;
  /**
   * Puts the gateway's token on the clipboard, or `text` with the token in the places of `{token}`. A desktop's shell does
   * it by itself, and a browser's page keeps the token nowhere.
   */
  copyToken(text?: string): Promise<void>;
  /**
   * Starts the engine again after it did not start. Absent where the host can't: a page that a running gateway served. What
   * comes of it is heard by {@link Host.watch}.
   */
  startAgain?(choice: StartChoice): Promise<void>;
  /** The window's own shell; absent in a browser, which has one of its own. */
  readonly shell?: Shell;
}

/** The program that holds the window: its tray, its notifications, its end. */
export interface Shell {
  /** How it stands. */
  view(): Promise<ShellView>;
  /** Changes what the user prefers. */
  setPreferences(preferences: Preferences): Promise<ShellView>;
  /** Starts Mainstay when the user logs in to the computer, or no longer. */
  setStartAtLogin(on: boolean): Promise<ShellView>;
  /** Ends Mainstay: at once, or after a question that comes by {@link Shell.listen}; or not after all. */
  quit(how: Quit): Promise<void>;
  /** Listens to what it tells the page, until another page does. */
  listen(onEvent: (event: PageEvent) => void): Promise<void>;
}

/**
 * How to start where something was in the way: leave the stored secrets and go on without them in this run, move them
 * aside and begin with none, or listen at the next free port from now on.
 */
export type StartChoice = "this-run" | "set-aside" | "other-port";

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
