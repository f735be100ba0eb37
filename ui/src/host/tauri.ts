import { getVersion } from "@tauri-apps/api/app";
import { strings } from "../strings.ts";
import { HostError, type Host } from "./host.ts";

/** The desktop window as host: asks the shell through Tauri's IPC, within the capability of `tauri.conf.json`. */
export const tauriHost: Host = {
  async version() {
    try {
      return await getVersion();
    } catch (cause) {
      throw new HostError("shell_unreachable", strings.shell.unreachableMessage, strings.shell.unreachableHint, {
        cause,
      });
    }
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
};
