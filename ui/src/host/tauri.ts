import { getVersion } from "@tauri-apps/api/app";
import { Channel, invoke } from "@tauri-apps/api/core";
import { strings } from "../strings.ts";
import type { PageEvent, ShellView } from "./generated-shell.ts";
import type { LiveFrame, Operations } from "./generated.ts";
import { HostError, type Host } from "./host.ts";

/** The desktop window as host: asks the shell through Tauri's IPC, within the capability of `tauri.conf.json`. */
export const tauriHost: Host = {
  async version() {
    return heard(getVersion());
  },

  async perform<Name extends keyof Operations>(operation: Name, input: Operations[Name]["input"]) {
    return heard(invoke<Operations[Name]["output"]>("operate", { operation, input }));
  },

  watch(onFrame, onLost) {
    let stopped = false;
    const channel = new Channel<LiveFrame>((frame) => {
      if (!stopped) onFrame(frame);
    });
    const begun = heard(invoke("watch", { channel })).then(
      () => true,
      (error: unknown) => {
        if (!stopped && error instanceof HostError) onLost?.(error);
        return false;
      },
    );
    return () => {
      stopped = true;
      // Only what has begun can be ended, and a shell that is gone has ended it already.
      void begun.then((watching) => (watching ? invoke("unwatch", { id: channel.id }).catch(() => undefined) : null));
    };
  },

  async copyText(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch (cause) {
      throw new HostError("clipboard_refused", strings.clipboard.refusedMessage, strings.clipboard.refusedHint, {
        cause,
      });
    }
  },

  async openAddress(address) {
    await heard(invoke("open_address", { address }));
  },

  async copyToken(text) {
    await heard(invoke("copy_token", { text }));
  },

  async startAgain(choice) {
    await heard(invoke("start_again", { choice }));
  },

  shell: {
    view: () => heard(invoke<ShellView>("shell")),
    setPreferences: (preferences) => heard(invoke<ShellView>("set_preferences", { preferences })),
    setStartAtLogin: (on) => heard(invoke<ShellView>("set_start_at_login", { on })),
    quit: (how) => heard(invoke<undefined>("quit", { how })),
    listen: (onEvent) => heard(invoke<undefined>("listen", { channel: new Channel<PageEvent>(onEvent) })),
  },
};

/** The shell's answer, or its refusal as a {@link HostError}. */
async function heard<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (cause) {
    if (isProblem(cause)) throw new HostError(cause.code, cause.message, cause.hint, { cause });
    throw new HostError("shell_unreachable", strings.shell.unreachableMessage, strings.shell.unreachableHint, {
      cause,
    });
  }
}

function isProblem(cause: unknown): cause is { code: string; message: string; hint: string } {
  if (typeof cause !== "object" || cause === null) return false;
  return ["code", "message", "hint"].every((key) => typeof (cause as Record<string, unknown>)[key] === "string");
}
