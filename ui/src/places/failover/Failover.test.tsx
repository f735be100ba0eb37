import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { rehearse, type Case } from "../../host/rehearsal-cases.ts";
import type { Rehearsal } from "../../host/rehearsal.ts";
import { asked, openWindow, refusal } from "../../test-window.tsx";

const order = () =>
  within(screen.getByRole("list", { name: /Members, in the order/ }))
    .getAllByRole("listitem")
    .map((row) => row.dataset.testid?.replace("row-", ""));

const recipe = ["anthropic-primary", "openai-backup", "gemini-fallback"];

async function open(of: Case | Rehearsal = "well") {
  const opened = await openWindow(of, "failover");
  await screen.findByTestId("use-now");
  await screen.findByTestId("row-anthropic-primary");
  const choose = async (row: string, item: string) => {
    await opened.user.click(within(screen.getByTestId(`row-${row}`)).getByRole("button", { name: `More for ${row}` }));
    await opened.user.click(screen.getByRole("menuitem", { name: item }));
  };
  return { ...opened, choose };
}

/** The members' names that the last change was sent with. */
const sent = (host: Rehearsal) =>
  (asked(host, "change_balancer").at(-1) as { members: { profile: string }[] }).members.map((each) => each.profile);

describe("the order", () => {
  test("is changed from a row's menu, saved at once, and taken back", async () => {
    const { host, user, choose } = await open();
    await choose("openai-backup", "Move up");
    expect(order()).toEqual(["openai-backup", "anthropic-primary", "gemini-fallback"]);
    expect(sent(host)).toEqual(["openai-backup", "anthropic-primary", "gemini-fallback"]);
    await user.click(await screen.findByRole("button", { name: "Undo" }));
    await waitFor(() => {
      expect(order()).toEqual(recipe);
    });
  });

  test("ends at both ends", async () => {
    const { user } = await open();
    await user.click(screen.getByRole("button", { name: "More for anthropic-primary" }));
    expect(screen.getByRole("menuitem", { name: "Move up" })).toHaveAttribute("data-disabled");
    await user.keyboard("{Escape}");
    await user.click(screen.getByRole("button", { name: "More for gemini-fallback" }));
    expect(screen.getByRole("menuitem", { name: "Move down" })).toHaveAttribute("data-disabled");
  });

  test("is shown before the engine has answered, and put back with the reason when it refuses", async () => {
    const { host, choose } = await open();
    const release = host.hold("change_balancer");
    host.refuse("change_balancer", refusal());
    await choose("gemini-fallback", "Move up");
    expect(order()).toEqual(["anthropic-primary", "gemini-fallback", "openai-backup"]);
    release();
    expect(await screen.findByText("The disk is full.")).toBeVisible();
    expect(order()).toEqual(recipe);
    expect(screen.queryByRole("button", { name: "Undo" })).toBeNull();
  });

  test("of two quick changes is sent one after the other, the second on top of the first", async () => {
    const { host, choose } = await open();
    const release = host.hold("change_balancer");
    await choose("gemini-fallback", "Move up");
    await choose("gemini-fallback", "Move up");
    expect(asked(host, "change_balancer")).toHaveLength(1);
    release();
    await waitFor(() => {
      expect(asked(host, "change_balancer")).toHaveLength(2);
    });
    expect(sent(host)).toEqual(["gemini-fallback", "anthropic-primary", "openai-backup"]);
    expect(order()).toEqual(["gemini-fallback", "anthropic-primary", "openai-backup"]);
  });

  describe("by keyboard", () => {
    /** jsdom lays nothing out: rows get the places that they have in a window. */
    function lay() {
      vi.spyOn(Element.prototype, "getBoundingClientRect").mockImplementation(function (this: Element) {
        const row = this.closest("[data-testid^=row-]");
        const at = row ? [...(row.parentElement?.children ?? [])].indexOf(row) : 0;
        return new DOMRect(0, at * 68, 600, 60);
      });
    }
    const press = (code: string) => fireEvent.keyDown(document.activeElement ?? document.body, { code, key: code });
    const status = () =>
      screen
        .getAllByRole("status")
        .map((each) => each.textContent)
        .join(" ");

    test("is picked up, moved and dropped, each step spoken", async () => {
      const { host } = await open();
      lay();
      const handle = screen.getByTestId("handle-openai-backup");
      expect(handle).toHaveAccessibleName("Move openai-backup");
      expect(handle).toHaveAccessibleDescription(/Press Space to pick the member up/);
      handle.focus();
      press("Space");
      await waitFor(() => {
        expect(status()).toContain("Picked up openai-backup");
      });
      press("ArrowUp");
      await waitFor(() => {
        expect(status()).toContain("openai-backup would be 1 of 3");
      });
      press("Space");
      await waitFor(() => {
        expect(status()).toContain("openai-backup dropped. It is 1 of 3 now.");
      });
      expect(sent(host)).toEqual(["openai-backup", "anthropic-primary", "gemini-fallback"]);
    });

    test("is put back by Escape, and nothing is sent", async () => {
      const { host } = await open();
      lay();
      screen.getByTestId("handle-openai-backup").focus();
      press("Space");
      await waitFor(() => {
        expect(status()).toContain("Picked up");
      });
      press("ArrowDown");
      press("Escape");
      await waitFor(() => {
        expect(status()).toContain("openai-backup put back.");
      });
      expect(order()).toEqual(recipe);
      expect(asked(host, "change_balancer")).toEqual([]);
    });
  });
});

describe("a balancer", () => {
  test("shows what its members do now", async () => {
    await open("cooling");
    expect(screen.getByTestId("row-anthropic-primary")).toHaveTextContent(/Cooling, 0:4/);
    expect(screen.getByTestId("row-openai-backup")).toHaveAttribute("data-state", "serving");
  });

  test("loses a member and gets it again", async () => {
    const { host, user, choose } = await open();
    expect(screen.getByText("There is no other profile to add.")).toBeVisible();
    await choose("openai-backup", "Remove");
    expect(sent(host)).toEqual(["anthropic-primary", "gemini-fallback"]);
    await user.click(await screen.findByTestId("add-member"));
    await user.click(screen.getByRole("menuitem", { name: "openai-backup" }));
    expect(sent(host)).toEqual(["anthropic-primary", "gemini-fallback", "openai-backup"]);
  });

  test("is put to use and made the default, with marks for both", async () => {
    const { host, user } = await open();
    expect(screen.getByTestId("use-now")).toHaveTextContent("In use");
    expect(screen.getByTestId("set-default")).toHaveTextContent("Default");
    await user.click(screen.getByRole("button", { name: /^ha-roundrobin/ }));
    await user.click(await screen.findByRole("button", { name: "Use now" }));
    expect(asked(host, "use_now")).toEqual([{ name: "ha-roundrobin" }]);
    expect(await screen.findByRole("button", { name: "In use" })).toHaveAttribute("aria-pressed", "true");
    await user.click(screen.getByTestId("set-default"));
    expect(asked(host, "set_default")).toEqual([{ name: "ha-roundrobin" }]);
    expect(await screen.findByRole("button", { name: "Default" })).toBeVisible();
  });

  test("that takes turns has no handles and says why", async () => {
    const { user } = await open();
    await user.click(screen.getByRole("radio", { name: "Round-robin" }));
    expect(screen.getByText("Each serves in its turn, so there is no order to drag.")).toBeVisible();
    expect(screen.queryByTestId("handle-anthropic-primary")).toBeNull();
    expect(screen.getByRole("img", { name: /anthropic-primary 34 %/ })).toBeVisible();
  });

  test("is deleted and brought back", async () => {
    const { user } = await open();
    await user.click(screen.getByRole("button", { name: "More for ha-failover" }));
    await user.click(screen.getByRole("menuitem", { name: "Delete" }));
    expect(await screen.findByText("ha-failover deleted.")).toBeVisible();
    expect(screen.queryByRole("button", { name: /^ha-failover/ })).toBeNull();
    await user.click(screen.getByRole("button", { name: "Undo" }));
    expect(await screen.findByRole("button", { name: /^ha-failover/ })).toBeVisible();
  });
});

describe("where conversations stay", () => {
  test("is a choice of when to go back for a failover list, saved at once and taken back", async () => {
    const { host, user } = await open();
    const choice = () => screen.getByRole("group", { name: "Back to the first choice" });
    expect(within(choice()).getByRole("radio", { name: "With the next conversation" })).toBeChecked();
    expect(screen.queryByRole("switch")).toBeNull();
    await user.click(within(choice()).getByRole("radio", { name: "Never" }));
    expect(asked(host, "change_balancer")).toMatchObject([{ failback: "never", sticky: false }]);
    expect(screen.getByText(/stays with the member that it has moved to/)).toBeVisible();
    await user.click(await screen.findByRole("button", { name: "Undo" }));
    await waitFor(() => {
      expect(within(choice()).getByRole("radio", { name: "With the next conversation" })).toBeChecked();
    });
  });

  test("is a switch for lists that share the load", async () => {
    const { host, user } = await open("sharing");
    const keep = () => screen.getByRole("switch", { name: "Keep conversations where they are" });
    expect(keep()).not.toBeChecked();
    expect(keep()).toHaveAccessibleDescription(/prompt caches and account-bound reasoning/);
    expect(screen.queryByRole("group", { name: "Back to the first choice" })).toBeNull();
    await user.click(keep());
    expect(keep()).toBeChecked();
    expect(asked(host, "change_balancer")).toMatchObject([{ sticky: true }]);
    expect(await screen.findByText("Conversations stay where they are.")).toBeVisible();
  });

  test("is put back when the engine refuses", async () => {
    const { host, user } = await open("sharing");
    host.refuse("change_balancer", refusal());
    await user.click(screen.getByRole("switch"));
    expect(await screen.findByText("The disk is full.")).toBeVisible();
    expect(screen.getByRole("switch")).not.toBeChecked();
  });
});

describe("shares", () => {
  test("are linked: what one gets, the others give, and all is saved when the slider is let go", async () => {
    const { host } = await open("sharing");
    const slider = screen.getByRole("slider", { name: "Share of anthropic-primary" });
    fireEvent.change(slider, { target: { value: "40" } });
    expect(
      screen.getByRole("img", { name: "anthropic-primary 40 %, openai-backup 40 %, gemini-fallback 20 %" }),
    ).toBeVisible();
    expect(asked(host, "change_balancer")).toEqual([]);
    fireEvent.pointerUp(slider);
    await screen.findByText("Shares saved.");
    expect(asked(host, "change_balancer")).toMatchObject([
      {
        name: "ha-weighted",
        policy: "weighted",
        members: [
          { profile: "anthropic-primary", weight: 40 },
          { profile: "openai-backup", weight: 40 },
          { profile: "gemini-fallback", weight: 20 },
        ],
        sticky: false,
        failback: "conversation",
      },
    ]);
  });

  test("can be typed", async () => {
    const { host, user } = await open("sharing");
    const field = screen.getByRole("spinbutton", { name: "Share of openai-backup, in percent" });
    fireEvent.change(field, { target: { value: "50" } });
    await user.type(field, "{Enter}");
    expect(asked(host, "change_balancer")).toHaveLength(1);
    expect(screen.getByRole("slider", { name: "Share of openai-backup" })).toHaveValue("50");
  });

  test("stand beside what the lint has to say", async () => {
    await open("sharing");
    expect(screen.getByText("The llxprt CLI can’t load this file.")).toBeVisible();
  });
});

describe("a new balancer", () => {
  test("is created from its name, its policy and the members in the order in which they are ticked", async () => {
    const { host, user } = await open();
    await user.click(screen.getByTestId("new-balancer"));
    await user.type(screen.getByRole("textbox", { name: "Name" }), "spare");
    await user.click(screen.getByRole("checkbox", { name: /gemini-fallback/ }));
    await user.click(screen.getByRole("checkbox", { name: /anthropic-primary/ }));
    await user.click(screen.getByTestId("create-balancer"));
    expect(asked(host, "create_balancer")).toEqual([
      {
        name: "spare",
        policy: "failover",
        members: [
          { profile: "gemini-fallback", weight: 1 },
          { profile: "anthropic-primary", weight: 1 },
        ],
        sticky: null,
        failback: null,
      },
    ]);
    expect(await screen.findByRole("heading", { name: "spare" })).toBeVisible();
  });

  test("says what is missing, and what the engine refuses", async () => {
    const { host, user } = await open();
    await user.click(screen.getByTestId("new-balancer"));
    await user.type(screen.getByRole("textbox", { name: "Name" }), "ha-failover");
    await user.click(screen.getByTestId("create-balancer"));
    expect(screen.getByText("There is one of this name already.")).toBeVisible();
    expect(screen.getByText(/Choose at least two/)).toBeVisible();
    await user.type(screen.getByRole("textbox", { name: "Name" }), "-2");
    await user.click(screen.getByRole("checkbox", { name: /gemini-fallback/ }));
    await user.click(screen.getByRole("checkbox", { name: /anthropic-primary/ }));
    host.refuse("create_balancer", refusal());
    await user.click(screen.getByTestId("create-balancer"));
    expect(await screen.findByRole("alert")).toHaveTextContent("The disk is full. Free some space.");
  });

  test("never mixes simulated and real members", async () => {
    const host = rehearse("well");
    host.world.profiles.push(...rehearse("practice").world.profiles);
    const { user } = await open(host);
    await user.click(screen.getByTestId("new-balancer"));
    await user.click(screen.getByRole("checkbox", { name: /gemini-fallback/ }));
    expect(screen.getByRole("checkbox", { name: /practice-openai/ })).toBeDisabled();
    expect(screen.getByRole("checkbox", { name: /openai-backup/ })).toBeEnabled();
  });
});
