import type { PageEvent, Preferences, Quit, ShellView } from "./generated-shell.ts";
import type { Shell } from "./host.ts";

/** A shell that keeps what it is told. */
export class RehearsedShell implements Shell {
  now: ShellView = {
    preferences: {
      closing: "keep-running",
      closingTold: false,
      notices: { paused: false, failedOver: true, back: true, allOut: true, loginNeeded: true, paid: true },
    },
    startAtLogin: false,
    tray: true,
    problem: null,
  };
  /** How it was asked to quit. */
  readonly quits: Quit[] = [];
  /** The next change is refused with this. */
  refusal: Error | null = null;
  #page: ((event: PageEvent) => void) | undefined;

  view(): Promise<ShellView> {
    return Promise.resolve(structuredClone(this.now));
  }

  setPreferences(preferences: Preferences): Promise<ShellView> {
    return this.#change({ preferences });
  }

  setStartAtLogin(startAtLogin: boolean): Promise<ShellView> {
    return this.#change({ startAtLogin });
  }

  quit(how: Quit): Promise<void> {
    this.quits.push(how);
    return Promise.resolve();
  }

  listen(onEvent: (event: PageEvent) => void): Promise<void> {
    this.#page = onEvent;
    return Promise.resolve();
  }

  /** The shell tells the page. */
  tell(event: PageEvent): void {
    this.#page?.(event);
  }

  #change(part: Partial<ShellView>): Promise<ShellView> {
    const { refusal } = this;
    this.refusal = null;
    if (refusal) return Promise.reject(refusal);
    this.now = { ...this.now, ...structuredClone(part) };
    return this.view();
  }
}
