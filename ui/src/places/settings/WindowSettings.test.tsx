import { act, screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { rehearse } from "../../host/rehearsal-cases.ts";
import { openWindow, refusal } from "../../test-window.tsx";

async function openSection() {
  const host = rehearse("well");
  const { user } = await openWindow(host, "settings");
  await user.click(screen.getByTestId("section-window"));
  return { host, user };
}

test("what is chosen is kept at once", async () => {
  const { host, user } = await openSection();
  await user.click(await screen.findByLabelText("Quit"));
  expect(host.shell.now.preferences.closing).toBe("quit");
  await user.click(screen.getByLabelText("Start Mainstay when I log in to this computer"));
  expect(host.shell.now.startAtLogin).toBe(true);
  await user.click(screen.getByLabelText("The first choice serves again"));
  expect(host.shell.now.preferences.notices).toMatchObject({ back: false, failedOver: true, paused: false });
  await user.click(screen.getByLabelText("Pause all of them"));
  expect(host.shell.now.preferences.notices.paused).toBe(true);
});

test("a change that the system refuses is taken back with its reason", async () => {
  const { host, user } = await openSection();
  host.shell.refusal = refusal("start_at_login_refused");
  const box = await screen.findByLabelText("Start Mainstay when I log in to this computer");
  await user.click(box);
  expect(await screen.findByText(refusal("start_at_login_refused").message)).toBeVisible();
  expect(box).not.toBeChecked();
});

test("quitting asks where tools were here, and Escape keeps running", async () => {
  const { host, user } = await openSection();
  await user.click(await screen.findByTestId("quit"));
  expect(host.shell.quits).toEqual(["ask"]);
  act(() => {
    host.shell.tell({ kind: "quit-asked", tools: ["claude-cli", "codex"] });
  });
  const question = within(await screen.findByRole("dialog", { name: "Quit Mainstay?" }));
  expect(question.getByText("codex")).toBeVisible();
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(host.shell.quits).toEqual(["ask", "stay"]);
  act(() => {
    host.shell.tell({ kind: "quit-asked", tools: ["codex"] });
  });
  await user.click(screen.getByTestId("quit-now"));
  expect(host.shell.quits.at(-1)).toBe("now");
});

test("Ctrl Q asks too", async () => {
  const { host, user } = await openSection();
  await user.keyboard("{Control>}q{/Control}");
  expect(host.shell.quits).toEqual(["ask"]);
});
