import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { afterEach, expect, test, vi } from "vitest";
import type { LiveFrame } from "./generated.ts";
import { tauriHost } from "./tauri.ts";

afterEach(clearMocks);

type Payload = Record<string, unknown>;

/** Puts a frame into a channel as the shell does. */
function send(channel: { id: number }, index: number, message: LiveFrame) {
  const internals = (window as unknown as { __TAURI_INTERNALS__: Record<string, unknown> }).__TAURI_INTERNALS__;
  const run = internals.runCallback as (id: number, data: unknown) => void;
  run(channel.id, { index, message });
}

const frame: LiveFrame = { state: null, exchanges: [], profilesChanged: true };

test("the version comes from the shell", async () => {
  mockIPC((command) => (command === "plugin:app|version" ? "1.2.3" : undefined));
  await expect(tauriHost.version()).resolves.toBe("1.2.3");
});

test("a shell that refuses to answer is an error that a person can use", async () => {
  mockIPC(() => {
    throw new Error("not allowed");
  });
  await expect(tauriHost.version()).rejects.toMatchObject({ code: "shell_unreachable", hint: /Start|start/ });
  await expect(tauriHost.perform("profiles", {})).rejects.toMatchObject({ code: "shell_unreachable" });
});

test("an operation goes to the engine by its name, with its input, and its answer comes back", async () => {
  const ipc = vi.fn((command: string, payload?: unknown) => ({ command, payload }));
  mockIPC(ipc);
  await tauriHost.perform("use_now", { name: "ha-failover" });
  expect(ipc).toHaveBeenCalledExactlyOnceWith("operate", { operation: "use_now", input: { name: "ha-failover" } });
});

test("a refusal of the engine keeps its code, its words and its hint", async () => {
  const problem = { code: "profile_changed", message: "The file changed.", hint: "Reload it." };
  mockIPC(() => {
    // What Rust rejects with is data, not an Error.
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    throw problem;
  });
  await expect(tauriHost.perform("delete_profile", { name: "x", fromLists: false })).rejects.toMatchObject({
    name: "HostError",
    ...problem,
  });
});

test("frames come through a channel until the watch is ended, and then the shell is told", async () => {
  const calls: [string, Payload][] = [];
  mockIPC((command, payload) => {
    calls.push([command, payload as Payload]);
  });
  const onFrame = vi.fn();
  const stop = tauriHost.watch(onFrame);
  await vi.waitFor(() => {
    expect(calls).toHaveLength(1);
  });
  const channel = calls[0]?.[1].channel as { id: number };
  expect(calls[0]?.[0]).toBe("watch");
  send(channel, 0, frame);
  expect(onFrame).toHaveBeenCalledExactlyOnceWith(frame);

  stop();
  send(channel, 1, frame);
  expect(onFrame).toHaveBeenCalledTimes(1);
  await vi.waitFor(() => {
    expect(calls[1]).toEqual(["unwatch", { id: channel.id }]);
  });
});

test("a watch that can't begin says so, unless nobody waits for it any more", async () => {
  mockIPC(() => {
    throw new Error("gone");
  });
  const onLost = vi.fn();
  tauriHost.watch(vi.fn(), onLost);
  tauriHost.watch(vi.fn(), onLost)();
  await vi.waitFor(() => {
    expect(onLost).toHaveBeenCalledTimes(1);
  });
  expect(onLost.mock.calls[0]?.[0]).toMatchObject({ code: "shell_unreachable" });
});

test("the token is put on the clipboard by the shell; the page gets nothing", async () => {
  const ipc = vi.fn((command: string) => (command === "copy_token" ? null : undefined));
  mockIPC(ipc);
  await expect(tauriHost.copyToken()).resolves.toBeUndefined();
  expect(ipc).toHaveBeenCalledTimes(1);
});

test("text goes to the system's clipboard, and a refusal has its own code", async () => {
  const writeText = vi.fn<(text: string) => Promise<void>>().mockResolvedValueOnce().mockRejectedValueOnce(new Error());
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  await tauriHost.copyText("one");
  expect(writeText).toHaveBeenCalledExactlyOnceWith("one");
  await expect(tauriHost.copyText("two")).rejects.toMatchObject({ code: "clipboard_refused" });
  vi.unstubAllGlobals();
});
