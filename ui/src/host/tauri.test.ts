import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { afterEach, expect, test, vi } from "vitest";
import { tauriHost } from "./tauri.ts";

afterEach(clearMocks);

test("the version comes from the shell", async () => {
  mockIPC((command) => (command === "plugin:app|version" ? "1.2.3" : undefined));
  await expect(tauriHost.version()).resolves.toBe("1.2.3");
});

test("a shell that refuses to answer is an error that a person can use", async () => {
  mockIPC(() => {
    throw new Error("not allowed");
  });
  await expect(tauriHost.version()).rejects.toMatchObject({ code: "shell_unreachable", hint: /Start|start/ });
});

test("text goes to the system's clipboard, and a refusal has its own code", async () => {
  const writeText = vi.fn<(text: string) => Promise<void>>().mockResolvedValueOnce().mockRejectedValueOnce(new Error());
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  await tauriHost.copyText("one");
  expect(writeText).toHaveBeenCalledExactlyOnceWith("one");
  await expect(tauriHost.copyText("two")).rejects.toMatchObject({ code: "clipboard_refused" });
  vi.unstubAllGlobals();
});
