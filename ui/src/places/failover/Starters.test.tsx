import { screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { rehearse, type Case } from "../../host/rehearsal-cases.ts";
import type { Rehearsal } from "../../host/rehearsal.ts";
import { asked, openWindow, refusal } from "../../test-window.tsx";

const KEY = "sk-typed-in-the-window-4242";

/** A world with no key and no login but these, so that each other member waits for a key. */
function bare(loggedIn: readonly string[] = []): Rehearsal {
  const host = rehearse("empty");
  for (const each of host.accounts.providers) {
    each.keys = [];
    if (each.login) each.login.enabled = loggedIn.includes(each.provider);
  }
  return host;
}

async function open(of: Case | Rehearsal, title: string) {
  const opened = await openWindow(of, "failover");
  const { user } = opened;
  const entry = screen.queryByTestId("from-starter");
  if (entry) await user.click(entry);
  await user.click(await screen.findByRole("button", { name: `Look at ${title}` }));
  const form = await screen.findByRole("form", { name: title });
  const member = (name: string) => within(within(form).getByRole("group", { name }));
  const settle = (name: string, way: string) =>
    user.selectOptions(member(name).getByRole("combobox", { name: `What becomes of ${name}` }), way);
  const apply = () => within(form).getByTestId("apply-starter");
  const planned = () => within(form).queryAllByTestId(/^planned-/);
  return { ...opened, form, member, settle, apply, planned };
}

/** What the engine was told to do, without the looks. */
const applied = (host: Rehearsal) =>
  asked(host, "apply_starter").filter((input) => !(input as { dryRun: boolean }).dryRun);

describe("the starters", () => {
  test("are all offered where there is no load balancer yet, with their members and shares", async () => {
    await openWindow("empty", "failover");
    const cards = await screen.findAllByTestId(/^starter-/);
    expect(cards.map((card) => within(card).getByRole("heading").textContent)).toEqual([
      "Reliability first",
      "Spread the load",
      "Budget first",
      "Quality first",
      "Speed first",
      "70 / 20 / 10",
    ]);
    const shares = within(screen.getByRole("list", { name: "Members of 70 / 20 / 10" })).getAllByRole("listitem");
    expect(shares.map((row) => row.textContent)).toEqual([
      "70 %anthropic-primaryMissing",
      "20 %openai-backupMissing",
      "10 %gemini-fallbackMissing",
    ]);
  });

  test("are offered beside the load balancers, and left without a trace", async () => {
    const { user, host } = await open("well", "Quality first");
    await user.click(screen.getByRole("button", { name: "All starters" }));
    expect(await screen.findAllByTestId(/^starter-/)).toHaveLength(6);
    await user.click(screen.getByRole("button", { name: /^ha-failover/ }));
    expect(await screen.findByTestId("use-now")).toBeVisible();
    expect(applied(host)).toEqual([]);
  });

  test("are without fault for axe, chosen and settled", async () => {
    const rules = { rules: { "color-contrast": { enabled: false } } };
    const { container, user, settle } = await open(bare(), "Quality first");
    await settle("openai-backup", "Leave it out");
    expect((await axe.run(container, rules)).violations).toEqual([]);
    await user.click(screen.getByRole("button", { name: "All starters" }));
    expect((await axe.run(container, rules)).violations).toEqual([]);
  });
});

describe("a starter", () => {
  test("shows what would be written, and is not applied before one member could serve", async () => {
    const { host, user, member, apply, planned } = await open(bare(), "Reliability first");
    await waitFor(() => {
      expect(planned().map((row) => row.dataset.testid)).toEqual([
        "planned-anthropic-primary",
        "planned-openai-backup",
        "planned-gemini-fallback",
        "planned-ha-failover",
      ]);
    });
    expect(apply()).toHaveAttribute("aria-disabled", "true");
    expect(apply()).toHaveAccessibleDescription(/no member has a key or login/);
    await user.click(apply());
    expect(applied(host)).toEqual([]);

    await user.type(member("openai-backup").getByLabelText("Key for openai-backup"), KEY);
    expect(apply()).toHaveAttribute("aria-disabled", "false");
    expect(apply()).toHaveAccessibleDescription(/Not protected yet: only openai-backup/);
    await user.click(apply());
    await screen.findByText("Reliability first applied: ha-failover is there.");
    await user.click(await screen.findByRole("button", { name: "Undo" }));
    expect(await screen.findByText("No load balancer yet")).toBeVisible();
    expect(applied(host)).toMatchObject([{ id: "reliability", keys: [{ profile: "openai-backup", key: KEY }] }]);
  });

  test("keeps no key that was sent, and says why it was refused", async () => {
    const { host, user, member, apply, form } = await open(bare(), "Speed first");
    const field = await member("openai-backup").findByLabelText("Key for openai-backup");
    expect(field).toHaveAttribute("type", "password");
    await user.type(field, KEY);
    host.refuse("apply_starter", refusal());
    await user.click(apply());
    expect(await within(form).findByRole("alert")).toHaveTextContent("The disk is full. Free some space.");
    expect(member("openai-backup").getByLabelText("Key for openai-backup")).toHaveValue("");
    expect(apply()).toHaveAttribute("aria-disabled", "true");
    expect(host.world.profiles).toEqual([]);
    expect(document.body.innerHTML).not.toContain(KEY);
  });

  test("uses a login of the provider, and asks for no key there", async () => {
    const { member, apply } = await open(bare(["anthropic"]), "Reliability first");
    expect(await member("anthropic-primary").findByText("the login of default")).toBeVisible();
    expect(member("anthropic-primary").queryByLabelText("Key for anthropic-primary")).toBeNull();
    await waitFor(() => {
      expect(apply()).toHaveAccessibleDescription(/only anthropic-primary could serve/);
    });
  });

  test("is created with another provider and model, replaced by another profile, and left out", async () => {
    const host = rehearse("well");
    for (const player of host.world.profiles) player.name = player.name.replace(/^.*-/u, "my-");
    const names = ["my-primary", "my-backup", "my-fallback"];
    expect(host.world.profiles.map((each) => each.name)).toEqual(names);
    host.world.balancers = [];
    const { user, member, settle, apply } = await open(host, "Quality first");
    await user.selectOptions(member("anthropic-opus").getByLabelText("Provider"), "openai");
    expect(member("anthropic-opus").getByLabelText("Model")).toHaveValue("gpt-5.2");
    await user.clear(member("anthropic-opus").getByLabelText("Model"));
    expect(apply()).toHaveAccessibleDescription(/choose a model for anthropic-opus/);
    await user.type(member("anthropic-opus").getByLabelText("Model"), "gpt-5-mini{Escape}");
    await settle("anthropic-sonnet", "Use another profile");
    await user.selectOptions(member("anthropic-sonnet").getByLabelText("Profile in its place"), "my-backup");
    await settle("openai-backup", "Leave it out");
    await settle("gemini-fallback", "Use another profile");
    // What stands in one member's place is not offered for another's.
    const offered = within(member("gemini-fallback").getByLabelText("Profile in its place")).getAllByRole("option");
    expect(offered.map((option) => (option as HTMLOptionElement).value)).toEqual(["my-primary", "my-fallback"]);
    await waitFor(() => {
      expect(apply()).toHaveAttribute("aria-disabled", "false");
    });
    await user.click(apply());
    expect(await screen.findByRole("heading", { name: "quality-ha" })).toBeVisible();
    expect(applied(host)).toMatchObject([
      {
        members: [
          { name: "anthropic-opus", action: "create", provider: "openai", model: "gpt-5-mini" },
          { name: "anthropic-sonnet", action: "replace", profile: "my-backup" },
          { name: "openai-backup", action: "leave" },
          { name: "gemini-fallback", action: "replace", profile: "my-primary" },
        ],
      },
    ]);
    expect(host.world.balancers[0]?.members.map(({ profile }) => profile)).toEqual([
      "anthropic-opus",
      "my-backup",
      "my-primary",
    ]);
  });

  test("forgets a typed key when its provider changes: it belongs to the other one", async () => {
    const { user, member, apply } = await open(bare(), "Reliability first");
    await user.type(await member("openai-backup").findByLabelText("Key for openai-backup"), KEY);
    await user.selectOptions(member("openai-backup").getByLabelText("Provider"), "gemini");
    expect(await member("openai-backup").findByLabelText("Key for openai-backup")).toHaveValue("");
    await waitFor(() => {
      expect(apply()).toHaveAccessibleDescription(/no member has a key or login/);
    });
  });

  test("shows what it would change in a profile that differs, and changes it only when told", async () => {
    const host = rehearse("well");
    const [first] = host.world.profiles;
    if (first) first.model = "claude-haiku-4-5";
    const { user, member, settle, apply, planned } = await open(host, "Reliability first");
    expect(member("anthropic-primary").getByText("There, but differs")).toBeVisible();
    const change = "model claude-haiku-4-5 becomes claude-sonnet-4-5-20250929";
    expect(member("anthropic-primary").getByText(change)).toBeVisible();
    expect(await screen.findByText("No file changes.")).toBeVisible();
    await settle("anthropic-primary", "Change it to the starter’s settings");
    await waitFor(() => {
      expect(planned()).toHaveLength(1);
    });
    await user.click(apply());
    await screen.findByTestId("use-now");
    expect(host.world.profiles[0]?.model).toBe("claude-sonnet-4-5-20250929");
  });

  test("changes a load balancer that is there only with the user’s word", async () => {
    const { host, user, settle, apply, form } = await open("well", "Reliability first");
    await settle("openai-backup", "Leave it out");
    await waitFor(() => {
      expect(apply()).toHaveAccessibleDescription(/say that ha-failover may be changed/);
    });
    await user.click(apply());
    expect(applied(host)).toEqual([]);
    await user.click(within(form).getByRole("checkbox", { name: /Change ha-failover/ }));
    await user.click(apply());
    await screen.findByTestId("use-now");
    expect(applied(host)).toMatchObject([{ replace: true }]);
    expect(host.world.balancers.find((cast) => cast.name === "ha-failover")?.members).toHaveLength(2);
  });

  test("tells what the engine would refuse, before anything is asked of it", async () => {
    const { host, settle, apply, form } = await open(bare(), "Reliability first");
    await settle("openai-backup", "Leave it out");
    await settle("gemini-fallback", "Leave it out");
    expect(await within(form).findByRole("alert")).toHaveTextContent(/needs at least 2 members/);
    expect(apply()).toHaveAttribute("aria-disabled", "true");
    expect(applied(host)).toEqual([]);
  });
});
