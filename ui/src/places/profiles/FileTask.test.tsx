import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { rehearse } from "../../host/rehearsal-cases.ts";
import { asked, openWindow } from "../../test-window.tsx";

const field = (name: string) => screen.findByRole("textbox", { name });

async function choose(item: string, place: "profiles" | "failover" = "profiles", name = "anthropic-primary") {
  const opened = await openWindow("well", place);
  await opened.user.click(await screen.findByRole("button", { name: `More for ${name}` }));
  await opened.user.click(screen.getByRole("menuitem", { name: item }));
  return opened;
}

describe("a name", () => {
  test("is given anew, and the lists follow", async () => {
    const { user, host } = await choose("Rename");
    const name = await field("New name");
    expect(name).toHaveFocus();
    await user.clear(name);
    await user.type(name, "openai-backup{Enter}");
    expect(await screen.findByText("There is one of this name already.")).toBeVisible();
    expect(asked(host, "rename_profile")).toEqual([]);
    await user.clear(name);
    await user.type(name, "main{Enter}");
    expect(await screen.findByText("anthropic-primary is main now.")).toBeVisible();
    expect(asked(host, "rename_profile")).toEqual([{ from: "anthropic-primary", to: "main" }]);
    expect(await screen.findByTestId("profile-main")).toHaveAttribute("aria-current", "true");
  });

  test("is not given anew while the form has changes", async () => {
    const { user } = await openWindow("well", "profiles");
    await user.type(await field("max_tokens"), "1");
    await user.click(screen.getByRole("button", { name: "More for anthropic-primary" }));
    expect(screen.getByRole("menuitem", { name: "Rename (save first)" })).toHaveAttribute("aria-disabled", "true");
  });

  test("is asked for a copy of a load balancer too", async () => {
    const { user, host } = await choose("Duplicate", "failover", "ha-failover");
    expect(await field("New name")).toHaveValue("ha-failover copy");
    await user.keyboard("{Enter}");
    expect(await screen.findByRole("heading", { name: "ha-failover copy" })).toBeVisible();
    expect(asked(host, "duplicate_profile")).toEqual([{ from: "ha-failover", to: "ha-failover copy" }]);
  });
});

test("a listed profile is deleted only after a question, with its places in the lists, and all comes back", async () => {
  const { user, host } = await choose("Delete");
  expect(await screen.findByText(/is listed by ha-failover, ha-roundrobin and ha-weighted/)).toBeVisible();
  expect(screen.getByRole("button", { name: "Keep it" })).toHaveFocus();
  expect(asked(host, "delete_profile")).toEqual([]);
  await user.click(screen.getByTestId("delete-from-lists"));
  expect(asked(host, "delete_profile")).toEqual([{ name: "anthropic-primary", fromLists: true }]);
  expect(await screen.findByText("anthropic-primary deleted.")).toBeVisible();
  expect(host.world.balancers[0]?.members.map((member) => member.profile)).not.toContain("anthropic-primary");
  await user.click(screen.getByText("Undo"));
  await waitFor(() => {
    expect(host.world.balancers[0]?.members.map((member) => member.profile)).toContain("anthropic-primary");
  });
});

test("an earlier version is looked at beside the file, and put back", async () => {
  const { user, host } = await openWindow("well", "profiles");
  const tokens = await field("max_tokens");
  await user.clear(tokens);
  await user.type(tokens, "77");
  await user.click(screen.getByTestId("save-profile"));
  await screen.findByText("anthropic-primary saved.");
  await user.click(screen.getByRole("button", { name: "More for anthropic-primary" }));
  await user.click(screen.getByRole("menuitem", { name: "Earlier versions" }));
  const panel = await screen.findByRole("region", { name: "Earlier versions" });
  expect(screen.getByTestId("restore-version")).toBeDisabled();
  await user.click(await within(panel).findByRole("button", { name: /^Until/ }));
  expect(await within(panel).findByText(/"max_tokens": 77/)).toBeVisible();
  expect(within(panel).getByText(/"max_tokens": 8192/)).toBeVisible();
  await user.click(screen.getByTestId("restore-version"));
  expect(await screen.findByText("anthropic-primary restored.")).toBeVisible();
  expect(asked(host, "restore_version")).toEqual([{ name: "anthropic-primary", id: "0" }]);
  expect(await field("max_tokens")).toHaveValue("8192");
});

test("what lint found is put right by its button", async () => {
  const { user, host } = await openWindow("well", "failover");
  await user.click(await screen.findByRole("button", { name: /^ha-weighted/ }));
  await user.click(await screen.findByRole("button", { name: /^Save so that the CLI can load it/ }));
  expect(asked(host, "apply_fix")).toEqual([{ profile: "ha-weighted", code: "weighted-not-for-cli", key: null }]);
  expect(await screen.findByText("ha-weighted put right.")).toBeVisible();
  await waitFor(() => {
    expect(screen.queryByTestId("fix-save-for-cli")).not.toBeInTheDocument();
  });
});

describe("the lock", () => {
  test("that was left behind is shown with whose it is, and removed after a question", async () => {
    const host = rehearse("well");
    host.world.lock = { pid: 4711, since: Date.now() - 60_000, alive: false, seen: "abc" };
    const { user } = await openWindow(host, "profiles");
    expect(await screen.findByText(/locked by process 4711/)).toBeVisible();
    expect(screen.getByText(/no longer runs/)).toBeVisible();
    await user.click(screen.getByTestId("lock-remove"));
    expect(asked(host, "remove_lock")).toEqual([]);
    expect(screen.getByRole("button", { name: "Leave it" })).toHaveFocus();
    await user.click(screen.getByTestId("lock-remove-now"));
    expect(asked(host, "remove_lock")).toEqual([{ seen: "abc" }]);
    await waitFor(() => {
      expect(screen.queryByTestId("lock")).not.toBeInTheDocument();
    });
  });

  test("of a program that is writing is not worth a word", async () => {
    const host = rehearse("well");
    host.world.lock = { pid: 4711, since: Date.now(), alive: true, seen: "abc" };
    await openWindow(host, "profiles");
    await waitFor(() => {
      expect(asked(host, "profiles_lock")).not.toEqual([]);
    });
    await act(async () => Promise.resolve());
    expect(screen.queryByTestId("lock")).not.toBeInTheDocument();
  });
});
