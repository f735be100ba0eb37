import { screen, within } from "@testing-library/react";
import axe from "axe-core";
import { describe, expect, test, vi } from "vitest";
import { HostError } from "./host/host.ts";
import { rehearse, type Case } from "./host/rehearsal-cases.ts";
import { places, type Aim } from "./places/go.ts";
import { openWindow } from "./test-window.tsx";

describe("the frame", () => {
  test("leads to each place, by click and by Ctrl or Cmd with its number", async () => {
    const { user } = await openWindow();
    await user.click(screen.getByTestId("nav-profiles"));
    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("Profiles");
    expect(screen.getByTestId("nav-profiles")).toHaveAttribute("aria-current", "page");
    await user.keyboard("{Control>}3{/Control}");
    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("Failover");
    await user.keyboard("{Meta>}1{/Meta}");
    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("anthropic-primary is serving");
    await user.keyboard("{Control>}{Shift>}2{/Shift}{/Control}9");
    expect(screen.getByTestId("nav-live")).toHaveAttribute("aria-current", "page");
  });

  test("offers only what there is", async () => {
    await openWindow();
    const nav = within(screen.getByRole("navigation", { name: "Places" }));
    expect(nav.getAllByRole("button").map((button) => button.textContent)).toEqual([
      "Live",
      "Profiles",
      "Failover",
      "Accounts",
      "Requests",
      "Connect",
      "Settings",
    ]);
  });

  test("keeps what was typed while another place is looked at", async () => {
    const { user } = await openWindow("well", "profiles");
    const temperature = await screen.findByRole("textbox", { name: "temperature" });
    await user.clear(temperature);
    await user.type(temperature, "0.7");
    await user.click(screen.getByTestId("nav-live"));
    await user.click(screen.getByTestId("nav-profiles"));
    expect(screen.getByRole("textbox", { name: "temperature" })).toHaveValue("0.7");
  });

  test("shows where the gateway listens, copies the address, and never sees the token", async () => {
    const { host, user, container } = await openWindow();
    expect(screen.getByText("Gateway running")).toBeVisible();
    expect(screen.getByTestId("gateway-address")).toHaveTextContent("127.0.0.1:4117");
    await user.click(screen.getByRole("button", { name: "Copy the gateway’s address" }));
    await user.click(screen.getByTestId("copy-token"));
    expect(host.clipboard).toEqual(["http://127.0.0.1:4117", "the gateway's token"]);
    expect(container).not.toHaveTextContent("the gateway's token");
    expect(await screen.findByText(/Token copied/)).toBeVisible();
  });

  test("says why something could not be copied", async () => {
    const host = rehearse("well");
    host.copyText = () => Promise.reject(new HostError("clipboard_refused", "The clipboard is closed.", "Type it."));
    const { user } = await openWindow(host);
    await user.click(screen.getByRole("button", { name: "Copy the gateway’s address" }));
    const told = await screen.findByText("The clipboard is closed.");
    expect(told.closest("[data-code]")).toHaveAttribute("data-code", "clipboard_refused");
    expect(screen.getByText("Type it.")).toBeVisible();
  });

  test("admits that it does not know its version when the shell does not answer", async () => {
    const host = rehearse("well");
    host.version = () => Promise.reject(new HostError("shell_unreachable", "Gone.", "Start again."));
    await openWindow(host);
    await screen.findByText("Version not reported");
  });
});

describe("the appearance", () => {
  const choices = () => within(screen.getByRole("group", { name: "Appearance" }));

  test("changes at once, is kept for the next start, and can follow the system again", async () => {
    const { user, unmount } = await openWindow();
    expect(choices().getByRole("radio", { name: "System" })).toBeChecked();
    expect(document.documentElement).not.toHaveAttribute("data-theme");
    await user.click(choices().getByRole("radio", { name: "Dark" }));
    expect(document.documentElement).toHaveAttribute("data-theme", "dark");
    unmount();

    await openWindow();
    expect(choices().getByRole("radio", { name: "Dark" })).toBeChecked();
    await user.click(choices().getByRole("radio", { name: "System" }));
    expect(document.documentElement).not.toHaveAttribute("data-theme");
  });
});

describe.each(["light", "dark"] as const)("in the %s theme axe finds no fault", (theme) => {
  const seen: [Aim["place"], Case][] = [
    ...places.map((place): [Aim["place"], Case] => [place, "cooling"]),
    ["live", "practice-broken"],
    ["live", "all-out"],
    ["live", "many"],
    ["live", "unreachable"],
    ["profiles", "needs-key"],
    ["profiles", "empty"],
    ["failover", "sharing"],
    ["failover", "empty"],
    ["requests", "empty"],
  ];

  test.each(seen)("in %s, case %s", async (place, name) => {
    localStorage.setItem("mainstay.appearance", theme);
    document.documentElement.dataset.theme = theme;
    const { container } = await openWindow(name, place);
    await vi.waitFor(() => {
      expect(container.querySelector("main:not([hidden]) :is(ul, ol, table, button)")).not.toBeNull();
    });
    // Colours need a real engine; tokens.test.ts measures them.
    const { violations } = await axe.run(document.body, { rules: { "color-contrast": { enabled: false } } });
    expect(violations).toEqual([]);
  });
});
