import { screen, within } from "@testing-library/react";
import axe from "axe-core";
import { beforeEach, describe, expect, it } from "vitest";
import { rehearse } from "../../../host/rehearsal-cases.ts";
import { asked, openWindow, refusal } from "../../../test-window.tsx";

beforeEach(() => {
  localStorage.removeItem("mainstay.welcome");
});

const step = (name: string) => screen.findByTestId(`guide-${name}`);

/** Opens the guide of a window that has no profile yet. */
async function guide(of: Parameters<typeof openWindow>[0] = "practice") {
  const window = await openWindow(of);
  await window.user.click(await screen.findByTestId("door-recipe"));
  await screen.findByTestId("guide");
  return window;
}

describe("The ways to begin", () => {
  it("are there while no profile of one’s own can serve", async () => {
    await openWindow("practice");
    expect(await screen.findByTestId("door-practice")).toBeVisible();
    expect(screen.getByTestId("door-mine")).toHaveTextContent("None in ~/.llxprt/profiles yet");
  });

  it("say how many profiles were found that wait for a key, and lead there", async () => {
    const { user } = await openWindow("needs-key");
    expect(await screen.findByTestId("door-mine")).toHaveTextContent("Found: 3 in ~/.llxprt/profiles.");
    expect(screen.queryByTestId("door-practice")).toBeNull();
    await user.click(screen.getByTestId("door-mine"));
    expect(screen.getByTestId("nav-profiles")).toHaveAttribute("aria-current", "page");
  });

  it("are gone with one’s own profile", async () => {
    await openWindow("well");
    expect(await screen.findByTestId("member-anthropic-primary")).toBeVisible();
    expect(screen.queryByTestId("welcome")).toBeNull();
    expect(screen.queryByTestId("welcome-again")).toBeNull();
  });

  it("can be left, and found again", async () => {
    const { user } = await openWindow("practice");
    await user.click(await screen.findByTestId("welcome-leave"));
    expect(screen.queryByTestId("welcome")).toBeNull();
    await user.click(screen.getByTestId("welcome-again"));
    expect(screen.getByTestId("welcome")).toBeVisible();
    expect((await axe.run(document.body, { rules: { "color-contrast": { enabled: false } } })).violations).toEqual([]);
  });
});

describe("The guide", () => {
  it("takes a key, skips a provider, writes once, and puts the list to use", async () => {
    const { host, user } = await guide();
    const anthropic = await step("anthropic-primary");
    await user.click(within(anthropic).getByRole("radio", { name: "Type its key" }));
    await user.type(within(anthropic).getByLabelText("Key for anthropic-primary"), "sk-ant-typed-1");
    await user.click(within(anthropic).getByRole("button", { name: "Next" }));
    expect(anthropic).toHaveTextContent("with its key");

    const openai = await step("openai-backup");
    await user.click(within(openai).getByRole("radio", { name: "Type its key" }));
    await user.type(within(openai).getByLabelText("Key for openai-backup"), "sk-typed-2");
    await user.click(within(openai).getByRole("button", { name: "Next" }));
    const gemini = await step("gemini-fallback");
    await user.click(within(gemini).getByRole("radio", { name: "Skip it for now" }));
    await user.click(within(gemini).getByRole("button", { name: "Next" }));

    expect(await step("list")).toHaveTextContent("They are tried in this order: anthropic-primary, openai-backup.");
    expect(asked(host, "apply_starter")).toEqual([]);
    expect(asked(host, "find_keys")).toEqual([]);
    await user.click(screen.getByTestId("guide-set-up"));
    await screen.findByTestId("connect-claude");
    expect(asked(host, "apply_starter")).toEqual([
      {
        id: "reliability",
        members: [
          { name: "anthropic-primary", action: "create" },
          { name: "openai-backup", action: "create" },
          { name: "gemini-fallback", action: "leave" },
        ],
        keys: [
          { profile: "anthropic-primary", key: "sk-ant-typed-1" },
          { profile: "openai-backup", key: "sk-typed-2" },
        ],
        variables: [],
        alone: true,
        replace: false,
        dryRun: false,
      },
    ]);
    expect(host.world.active).toBe("ha-failover");
    expect(document.documentElement.outerHTML).not.toContain("sk-ant-typed-1");

    await user.click(screen.getByTestId("guide-connected"));
    await user.click(await screen.findByTestId("take-out"));
    expect(asked(host, "take_out")).toEqual([{ member: "anthropic-primary", seconds: 60 }]);
    expect(await screen.findByTestId("guide-state-openai-backup")).toHaveTextContent("Serving");
    expect(await step("failover")).toHaveTextContent(/anthropic-primary is out, back in (?:1:00|0:59)/u);
    expect((await axe.run(document.body, { rules: { "color-contrast": { enabled: false } } })).violations).toEqual([]);
    await user.click(screen.getByTestId("guide-finish"));
    expect(await screen.findByTestId("live-sentence")).toHaveTextContent("openai-backup is serving");
    expect(screen.queryByTestId("welcome")).toBeNull();
  });

  it("with one provider serves, says that this protects nobody yet, and leads back for a second", async () => {
    const { host, user } = await guide();
    await user.click(within(await step("anthropic-primary")).getByRole("radio", { name: "The tool’s own login" }));
    for (const name of ["anthropic-primary", "openai-backup", "gemini-fallback"]) {
      await user.click(within(await step(name)).getByRole("button", { name: "Next" }));
    }
    expect(await step("openai-backup")).toHaveTextContent("no key typed yet: skipped");
    expect(await step("list")).toHaveTextContent("Only anthropic-primary. It serves, but you are not protected yet");
    host.refuse("apply_starter", refusal());
    await user.click(screen.getByTestId("guide-set-up"));
    expect(await screen.findByRole("alert")).toHaveTextContent("The disk is full. Free some space.");
    await user.click(screen.getByTestId("guide-set-up"));
    await user.click(await screen.findByTestId("guide-connected"));
    expect(host.world.active).toBe("anthropic-primary");
    await user.click(await screen.findByRole("button", { name: "Add a second" }));
    expect(await step("openai-backup")).toHaveAttribute("data-stage", "now");
  });

  it("offers what it finds only when asked, by the variable’s name", async () => {
    const { host, user } = await guide();
    expect(screen.queryByRole("radio", { name: /OPENAI_API_KEY/u })).toBeNull();
    await user.click(screen.getByTestId("find-keys"));
    await screen.findByText(/^Found: OPENAI_API_KEY/u);
    await user.click(within(await step("anthropic-primary")).getByRole("button", { name: "Next" }));
    expect(
      within(await step("openai-backup")).getByRole("radio", { name: /^OPENAI_API_KEY from the environment/u }),
    ).toBeChecked();
    expect(asked(host, "import_keys")).toEqual([]);
  });

  it("is found in the command bar too", async () => {
    const { user } = await openWindow(rehearse("well"));
    await user.click(screen.getByTestId("open-command-bar"));
    await user.keyboard("first run");
    await user.click(await screen.findByText("Follow the recipe, step by step"));
    expect(await screen.findByTestId("guide")).toBeVisible();
    await user.click(screen.getByTestId("leave-guide"));
    expect(await screen.findByTestId("live-sentence")).toBeVisible();
  });
});
