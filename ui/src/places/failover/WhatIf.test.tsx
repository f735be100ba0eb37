import { screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { describe, expect, it } from "vitest";
import { HostError } from "../../host/host.ts";
import { asked, openWindow } from "../../test-window.tsx";

const fails = (name: string) => screen.findByRole("combobox", { name: `How ${name} fails` });
const steps = async () =>
  within(await screen.findByRole("list", { name: "The way of the next request" }))
    .getAllByRole("listitem")
    .map((step) => step.textContent);

describe("What would happen", () => {
  it("shows the way of the next request as things are, and sends nothing", async () => {
    const { host } = await openWindow("cooling", "failover");
    const [first, second] = await steps();
    expect(first).toMatch(/^anthropic-primary rests after its rate limit for 0:4\d more, so it is skipped\.$/u);
    expect(second).toMatch(/^openai-backup serves\.\s*$/u);
    expect(asked(host, "test_profile")).toEqual([]);
    expect(asked(host, "what_would_happen")[0]).toEqual({ route: "ha-failover", failures: [] });
  });

  it("lets members fail one after another, down to what the tool gets, and all work again at a word", async () => {
    const { user } = await openWindow("well", "failover");
    await user.selectOptions(await fails("anthropic-primary"), "429, rate limit");
    await screen.findByText(/hits its rate limit/u);
    let way = await steps();
    expect(way[0]).toBe(
      "anthropic-primary hits its rate limit. It answers 429. Then it rests for 30 s, or as long as it says.",
    );
    expect(way[1]).toBe("openai-backup serves. The tool notices nothing.");

    await user.selectOptions(await fails("openai-backup"), "503, down");
    await user.selectOptions(await fails("gemini-fallback"), "no answer");
    await screen.findByText(/Nobody answers/u);
    way = await steps();
    expect(way[1]).toContain("Its breaker counts 1 of 3 within 1 min; at 3 it rests for 30 s.");
    expect(way[2]).toContain("It is given up after 2 min. Then it rests for 1 min.");
    expect(way[3]).toBe("Nobody answers. The tool gets 429 all_members_failed and is told to try again in 30 s.");
    expect((await axe.run(document.body, { rules: { "color-contrast": { enabled: false } } })).violations).toEqual([]);

    await user.click(screen.getByRole("button", { name: "As it is now" }));
    await waitFor(async () => {
      expect(await steps()).toHaveLength(1);
    });
  });

  it("is asked anew when a member’s health changes", async () => {
    const { host } = await openWindow("well", "failover");
    expect((await steps())[0]).toContain("anthropic-primary serves");
    await host.perform("take_out", { member: "anthropic-primary", seconds: 60 });
    await screen.findByText(/is taken out by you/u);
    expect((await steps())[1]).toContain("openai-backup serves");
    expect(screen.getByTestId("row-anthropic-primary")).toHaveTextContent(/Taken out/u);
  });
});

describe("Test all members", () => {
  it("tests each at once, says on each row what came of it, and leaves what is in use", async () => {
    const { host, user } = await openWindow("last-one", "failover");
    host.refuse(
      "test_profile",
      new HostError("gateway_unreachable", "The gateway did not answer.", "Restart Mainstay."),
    );
    await user.click(await screen.findByTestId("test-all"));
    await screen.findByText("2 of 3 answered.");
    const row = (name: string) => within(screen.getByTestId(`row-${name}`)).getByTestId("member-test").textContent;
    expect(row("anthropic-primary")).toBe("The gateway did not answer. Restart Mainstay.");
    expect(row("openai-backup")).toBe("Answered in 640 ms.");
    expect(asked(host, "test_profile")).toHaveLength(3);
    expect(asked(host, "use_now")).toEqual([]);
  });

  it("pins to a member from its menu, and unpins", async () => {
    const { host, user } = await openWindow("well", "failover");
    await user.click(await screen.findByRole("button", { name: "More for openai-backup" }));
    await user.click(await screen.findByRole("menuitem", { name: "Pin to it" }));
    expect(asked(host, "pin")).toEqual([{ route: "ha-failover", member: "openai-backup" }]);
    await user.click(await screen.findByRole("button", { name: "More for openai-backup" }));
    await user.click(await screen.findByRole("menuitem", { name: "Unpin" }));
    expect(asked(host, "unpin")).toEqual([{ route: "ha-failover" }]);
  });
});
