import { act, screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { describe, expect, test } from "vitest";
import type { ExchangeRow } from "../../host/generated.ts";
import { rehearse } from "../../host/rehearsal-cases.ts";
import type { Rehearsal } from "../../host/rehearsal.ts";
import { asked, openWindow, refusal } from "../../test-window.tsx";

const place = () => within(screen.getByRole("main", { name: "Requests" }));
const rows = () => place().queryAllByTestId(/^past-/);

/** Opens the place and waits until its rows are there. */
async function openHistory(of?: Rehearsal) {
  const view = await openWindow(of, "requests");
  await waitFor(() => {
    expect(rows()).not.toHaveLength(0);
  });
  return view;
}

/** A host with so many exchanges, one a minute. */
function many(howMany: number): Rehearsal {
  const host = rehearse("well");
  const [first] = host.world.exchanges;
  host.world.exchanges = Array.from({ length: howMany }, (_, at) => {
    return { ...first, id: `mst-${String(at).padStart(4, "0")}`, time: host.world.now - at * 1000 } as ExchangeRow;
  });
  return host;
}

describe("the list", () => {
  test("holds what happened in the last days, and a row opens its trail by keyboard", async () => {
    const { user, host } = await openHistory();
    expect(rows()).toHaveLength(8);
    expect(place().getByText("8 requests")).toBeVisible();
    const [question] = asked(host, "exchanges");
    const midnight = new Date();
    midnight.setHours(0, 0, 0, 0);
    midnight.setDate(midnight.getDate() - 6);
    const to = expect.any(Number) as number;
    expect(question).toEqual({ limit: 200, skip: 0, from: midnight.getTime(), to });

    const [opener] = place().getAllByRole("button", { name: /Show the trail/ });
    opener?.focus();
    await user.keyboard("{Enter}");
    const trail = await screen.findByTestId("trail");
    expect(trail).toHaveTextContent("anthropic-primary");
    expect(trail).toHaveTextContent("cooling for 0:42 after 429, hit its rate limit");
    await user.keyboard("{Escape}");
    expect(opener).toHaveFocus();
  });

  test("is searched once the typing rests, and by who, what and how it came out", async () => {
    const { user, host } = await openHistory();
    await user.type(place().getByRole("searchbox", { name: "Search" }), "codex");
    await waitFor(() => {
      expect(rows()).toHaveLength(1);
    });
    const texts = (asked(host, "exchanges") as { text?: string }[]).map((each) => each.text);
    expect(texts.at(-1)).toBe("codex");
    expect(texts.length).toBeLessThan(5);

    await user.click(place().getByRole("button", { name: "Clear filters" }));
    await waitFor(() => {
      expect(rows()).toHaveLength(8);
    });
    await user.selectOptions(place().getByRole("combobox", { name: "Member" }), "anthropic-primary");
    await user.selectOptions(place().getByRole("combobox", { name: "Sent to" }), "ha-failover");
    await user.selectOptions(place().getByRole("combobox", { name: "Tool" }), "Claude Code");
    await user.selectOptions(place().getByRole("combobox", { name: "Outcome" }), "Saved by failover");
    await user.selectOptions(place().getByRole("combobox", { name: "When" }), "At any time");
    await waitFor(() => {
      expect(rows()).toHaveLength(2);
    });
    expect(asked(host, "exchanges").at(-1)).toEqual({
      limit: 200,
      skip: 0,
      to: expect.any(Number) as number,
      member: "anthropic-primary",
      route: "ha-failover",
      tool: "Claude Code",
      outcome: "saved",
    });
  });

  test("of any length draws what is in view, reads that alone, and is gone through by keyboard", async () => {
    const { user, host } = await openHistory(many(100_000));
    expect(place().getByText("100,000 requests")).toBeVisible();
    expect(rows().length).toBeLessThan(80);
    const table = place().getByRole("table", { name: "List" });
    expect(table).toHaveAttribute("aria-rowcount", "100001");
    expect(table).toHaveAccessibleDescription(/Home and End/u);
    const openers = () => place().getAllByRole("button", { name: /Show the trail/ });
    expect(openers().filter((each) => each.tabIndex === 0)).toHaveLength(1);
    openers()[0]?.focus();
    await user.keyboard("{ArrowDown}{ArrowDown}");
    await waitFor(() => {
      expect(place().getByTestId("past-mst-0002")).toContainElement(document.activeElement as HTMLElement);
    });
    expect(document.activeElement?.closest("tr")).toHaveAttribute("aria-rowindex", "4");
    await user.keyboard("{End}");
    await waitFor(() => {
      expect(asked(host, "exchanges").at(-1)).toMatchObject({ skip: 99_800 });
    });
    await waitFor(() => {
      expect(place().getByTestId("past-mst-99999")).toContainElement(document.activeElement as HTMLElement);
    });
    expect(asked(host, "exchanges").length).toBeLessThan(6);
  });

  test("stands still while requests come in, and says how many are newer", async () => {
    const { user, host } = await openHistory();
    const [first] = host.world.exchanges;
    host.world.now = Date.now();
    const fresh = { ...first, id: "mst-fresh", time: host.world.now } as ExchangeRow;
    act(() => {
      host.arrived(fresh);
    });
    const show = await place().findByRole("button", { name: "Show 1 newer" });
    expect(rows()).toHaveLength(8);
    await user.click(show);
    expect(await place().findByTestId("past-mst-fresh")).toBeVisible();
    expect(rows()).toHaveLength(9);
  });

  test("is read anew when the place is come back to", async () => {
    const { user, host } = await openHistory();
    await user.click(screen.getByTestId("nav-live"));
    host.world.exchanges = host.world.exchanges.slice(0, 3);
    await user.click(screen.getByTestId("nav-requests"));
    await waitFor(() => {
      expect(rows()).toHaveLength(3);
    });
  });

  test("says why it can't be read, and how to go on", async () => {
    const host = rehearse("well");
    host.refuse("exchanges", refusal("history_unusable"));
    const { user } = await openWindow(host, "requests");
    expect(await place().findByRole("alert")).toHaveTextContent("The disk is full. Free some space.");
    await user.click(place().getByRole("button", { name: "Read again" }));
    await waitFor(() => {
      expect(rows()).toHaveLength(8);
    });
    expect(place().queryByRole("alert")).toBeNull();
  });
});

describe("when nothing is found there is one next action", () => {
  test("with no history at all: the gateway's address", async () => {
    const { user, host } = await openWindow("idle", "requests");
    expect(await place().findByText("No request yet")).toBeVisible();
    await user.click(place().getByRole("button", { name: "Copy the gateway’s address" }));
    expect(host.clipboard).toEqual(["http://127.0.0.1:4117"]);
  });

  test("with filters: take them away", async () => {
    const { user } = await openHistory();
    await user.selectOptions(place().getByRole("combobox", { name: "Outcome" }), "Cancelled");
    expect(await place().findByText("Nothing matches the filters")).toBeVisible();
    const [, clear] = place().getAllByRole("button", { name: "Clear filters" });
    await user.click(clear ?? document.body);
    await waitFor(() => {
      expect(rows()).toHaveLength(8);
    });
  });

  test("in this time: look at any", async () => {
    const host = rehearse("well");
    for (const exchange of host.world.exchanges) exchange.time -= 40 * 86_400_000;
    const { user } = await openWindow(host, "requests");
    expect(await place().findByText("No request in this time")).toBeVisible();
    await user.click(place().getByRole("button", { name: "Show any time" }));
    await waitFor(() => {
      expect(rows()).toHaveLength(8);
    });
  });
});

describe("the statistics", () => {
  const line = (name: string) =>
    within(place().getByTestId(`group-${name}`))
      .getAllByRole("cell")
      .map((cell) => cell.textContent);

  async function openStatistics(of?: Rehearsal) {
    const view = await openHistory(of);
    await view.user.click(place().getByRole("radio", { name: "Statistics" }));
    await place().findByTestId("group-All");
    return view;
  }

  test("say of each member and of all what came of its requests", async () => {
    await openStatistics();
    expect(line("openai-backup")).toEqual([
      "5",
      "80 %",
      "2",
      "2",
      ...["455 ms", "902 ms", "902 ms"],
      ...["4.4 s", "6.1 s", "6.1 s"],
      "50,895",
      "7,272",
      "$0.194",
    ]);
    expect(line("anthropic-primary").slice(-3)).toEqual(["about 29,002", "about 4,144", "$0.055and 2 unknown"]);
    expect(line("All").slice(0, 4)).toEqual(["8", "87.5 %", "2", "2"]);
  });

  test("never say a nought for a cost that is unknown or no money", async () => {
    const host = rehearse("well");
    for (const exchange of host.world.exchanges) {
      exchange.cost = null;
      exchange.tokens = null;
      exchange.tokensEstimated = false;
      exchange.included = exchange.steps.at(-1)?.member === "anthropic-primary";
    }
    await openStatistics(host);
    expect(line("anthropic-primary").slice(-3)).toEqual(["unknown", "unknown", "included"]);
    expect(line("openai-backup").slice(-3)).toEqual(["unknown", "unknown", "unknown"]);
  });

  test("are grouped anew, and what a group has no name for is named", async () => {
    const { user, host } = await openStatistics();
    for (const [word, name] of [
      ["Tool", "not reported"],
      ["Sent to", "ha-failover"],
      ["Model", "none called"],
    ] as const) {
      await user.click(place().getByRole("radio", { name: word }));
      expect(await place().findByTestId(`group-${name}`)).toBeVisible();
    }
    await user.click(place().getByRole("radio", { name: "Day" }));
    await waitFor(() => {
      expect((asked(host, "statistics") as { by: string[] }[]).map(({ by }) => by.join())).toContain("day");
    });
    expect(await place().findByRole("columnheader", { name: "Day" })).toBeVisible();
  });

  test("set the shares beside what is meant, of conversations where they stay", async () => {
    await openStatistics();
    const weighted = within(place().getByTestId("shares-ha-weighted"));
    expect(weighted.getAllByRole("columnheader").map((head) => head.textContent)).toEqual([
      "Member",
      "Meant, of conversations",
      "Of conversations",
      "Of placements",
      "Of requests",
    ]);
    const cells = weighted.getAllByRole("row")[1]?.querySelectorAll("td") ?? [];
    expect([...cells].map((cell) => cell.textContent)).toEqual(["70 %", "71.4 % (5)", "71.4 % (5)", "71.4 % (5)"]);
    const failover = within(place().getByTestId("shares-ha-failover"));
    expect(failover.getByText(/no share is meant/)).toBeVisible();
    expect(failover.queryByRole("columnheader", { name: "Meant" })).toBeNull();
  });

  test("follow the filters", async () => {
    const { user, host } = await openStatistics();
    await user.selectOptions(place().getByRole("combobox", { name: "Tool" }), "Codex");
    await waitFor(() => {
      expect(line("All")[0]).toBe("1");
    });
    expect(asked(host, "statistics").at(-1)).toMatchObject({ tool: "Codex" });
  });

  test("are without fault for axe", async () => {
    const { container } = await openStatistics();
    const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
    expect(violations).toEqual([]);
  });
});

describe("an export", () => {
  test("holds what the filters leave, and says where it lies until that is put away", async () => {
    const { user, host } = await openHistory();
    await user.selectOptions(place().getByRole("combobox", { name: "Tool" }), "Codex");
    await user.click(place().getByRole("button", { name: "Export" }));
    await user.click(screen.getByRole("menuitem", { name: "JSON, with whole trails" }));
    const note = await place().findByTestId("exported");
    expect(note).toHaveTextContent(
      "1 request written to ~/.local/share/mainstay/exports/history-2026-11-25-140318.json",
    );
    expect(asked(host, "export_history")).toEqual([expect.objectContaining({ format: "json", tool: "Codex" })]);
    await user.click(within(note).getByRole("button", { name: "Copy the path" }));
    expect(host.clipboard).toEqual(["~/.local/share/mainstay/exports/history-2026-11-25-140318.json"]);
    await user.click(within(note).getByRole("button", { name: "Close this note" }));
    expect(place().queryByTestId("exported")).toBeNull();
  });

  test("that could not be written says why", async () => {
    const { user, host } = await openHistory();
    host.refuse("export_history", refusal());
    await user.click(place().getByRole("button", { name: "Export" }));
    await user.click(screen.getByRole("menuitem", { name: "CSV, a line for each request" }));
    expect(await screen.findByText("The disk is full.")).toBeVisible();
    expect(place().queryByTestId("exported")).toBeNull();
  });
});
