import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { describe, expect, test, vi } from "vitest";
import { App } from "./App.tsx";
import { HostContext, HostError, type Host } from "./host/host.ts";

function open(host: Partial<Host> = {}) {
  const whole: Host = { version: () => Promise.resolve("9.8.7"), copyText: () => Promise.resolve(), ...host };
  return render(
    <HostContext value={whole}>
      <App />
    </HostContext>,
  );
}

const refused = new HostError("clipboard_refused", "The clipboard is closed.", "Copy by hand.");

describe("the window", () => {
  test("says who runs the gateway, and that it does not", async () => {
    open();
    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("The gateway runs in your terminal");
    expect(screen.getByText(/This window does not start it or watch it yet/)).toBeVisible();
    await screen.findByText("Version 9.8.7");
  });

  test("offers nothing that leads nowhere", () => {
    open();
    expect(screen.queryAllByRole("link")).toHaveLength(0);
    expect(screen.queryByRole("navigation")).toBeNull();
  });

  test("admits that it does not know its version when the shell does not answer", async () => {
    open({ version: () => Promise.reject(new HostError("shell_unreachable", "Gone.", "Start again.")) });
    await screen.findByText("Version not reported");
  });

  test("has no accessibility fault that axe can find", async () => {
    const { container } = open();
    await screen.findByText("Version 9.8.7");
    // Colours need a real engine; tokens.test.ts measures them.
    const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
    expect(violations).toEqual([]);
  });
});

describe("a command", () => {
  test("is copied exactly as shown, and says so", async () => {
    const copyText = vi.fn(() => Promise.resolve());
    open({ copyText });
    await userEvent.click(screen.getByRole("button", { name: "Copy: practice with simulated providers" }));
    expect(copyText).toHaveBeenCalledExactlyOnceWith("target/debug/mainstay serve --practice --secrets memory");
    expect(screen.getByText("target/debug/mainstay serve --practice --secrets memory")).toBeVisible();
    expect(screen.getByText("Copied: practice with simulated providers")).toBeInTheDocument();
    expect(screen.getAllByText("Copied")).toHaveLength(1);
  });

  test("can be copied by keyboard alone", async () => {
    const copyText = vi.fn(() => Promise.resolve());
    open({ copyText });
    screen.getByRole("button", { name: "Copy: OpenAI format" }).focus();
    await userEvent.keyboard("{Enter}");
    expect(copyText).toHaveBeenCalledExactlyOnceWith(
      "export OPENAI_BASE_URL=http://127.0.0.1:4117/v1 OPENAI_API_KEY=TOKEN",
    );
  });

  test("that could not be copied says why and what to do, until a copy succeeds", async () => {
    const copyText = vi.fn<Host["copyText"]>().mockRejectedValueOnce(refused).mockResolvedValueOnce();
    open({ copyText });
    const button = screen.getByRole("button", { name: "Copy: Gemini format" });
    await userEvent.click(button);
    expect(screen.getByRole("alert")).toHaveTextContent("The clipboard is closed. Copy by hand.");
    await userEvent.click(button);
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

describe("the appearance", () => {
  const choices = () => within(screen.getByRole("group", { name: "Appearance" }));

  test("follows the system until the user chooses", () => {
    open();
    expect(choices().getByRole("radio", { name: "System" })).toBeChecked();
    expect(document.documentElement).not.toHaveAttribute("data-theme");
  });

  test("changes at once, is kept for the next start, and can follow the system again", async () => {
    const { unmount } = open();
    await userEvent.click(choices().getByRole("radio", { name: "Dark" }));
    expect(document.documentElement).toHaveAttribute("data-theme", "dark");
    unmount();

    open();
    expect(choices().getByRole("radio", { name: "Dark" })).toBeChecked();
    await userEvent.click(choices().getByRole("radio", { name: "System" }));
    expect(document.documentElement).not.toHaveAttribute("data-theme");
  });
});
