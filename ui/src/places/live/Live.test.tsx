import { act, screen, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { rehearse } from "../../host/rehearsal-cases.ts";
import { HostError } from "../../host/host.ts";
import { asked, openWindow, refusal } from "../../test-window.tsx";

const sentence = () => screen.getByTestId("live-sentence");

describe("the first lines", () => {
  test("follow the engine without being asked", async () => {
    const { host } = await openWindow("well");
    expect(sentence()).toHaveTextContent("anthropic-primary is serving");
    const [first] = host.world.profiles;
    Object.assign(first?.live ?? {}, {
      state: "cooling",
      until: host.world.now + 42_000,
      why: "429, hit its rate limit",
    });
    act(() => {
      host.changed();
    });
    expect(sentence()).toHaveTextContent("openai-backup is serving");
    expect(screen.getByText(/It is first again in/)).toHaveTextContent(/in 0:4[12]\./);
    expect(screen.getByTestId("protection")).toHaveTextContent("2 of 3 readyProtected");
  });

  test("are spoken politely, without the countdown", async () => {
    await openWindow("cooling");
    const spoken = screen.getAllByRole("status").map((each) => each.textContent);
    expect(spoken).toContain("openai-backup is serving");
    expect(spoken.join(" ")).not.toMatch(/\d:\d\d/);
  });

  test("say that the engine is gone, and how to go on", async () => {
    const host = rehearse("unreachable");
    const { user } = await openWindow(host);
    expect(sentence()).toHaveTextContent("The gateway can’t be reached");
    expect(screen.getByRole("alert")).toHaveTextContent("Close the window and start Mainstay again.");
    expect(screen.getByText("Gateway not reached")).toBeVisible();
    host.world.gone = null;
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("Gateway running")).toBeVisible();
    expect(sentence()).toHaveTextContent("anthropic-primary is serving");
  });

  test("tell a gateway that did not start, and why, from one that is not reached", async () => {
    const { host, user } = await openWindow("not-started");
    expect(sentence()).toHaveTextContent("The gateway did not start");
    expect(screen.getByRole("alert")).toHaveTextContent(/Another program listens.*give another port/);
    host.world.gone = null;
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("Gateway running")).toBeVisible();
  });

  test("lead to the login that is missing", async () => {
    const { user } = await openWindow("needs-login");
    await user.click(await screen.findByRole("button", { name: "Log in" }));
    expect(sentence()).toHaveTextContent("anthropic-primary needs a login");
    expect(screen.getByTestId("nav-accounts")).toHaveAttribute("aria-current", "page");
  });

  test("leave what else is in use and who waits outside a line each", async () => {
    await openWindow("several");
    expect(screen.getByTestId("also-in-use")).toHaveTextContent(
      "Also asked for by name in the last 5 minutes: ha-weighted (2).",
    );
    expect(await screen.findByTestId("outside")).toHaveTextContent(
      "Outside ha-failover: mistral-spare (not checked yet) and groq-fast (needs a key or login).",
    );
  });

  test("carry what the secret store has to say", async () => {
    await openWindow("last-one");
    expect(screen.getByRole("note")).toHaveTextContent(/keyring can’t be used.*Unlock the keyring/);
  });

  test("let the user choose where keys are kept when no keyring answers", async () => {
    const host = rehearse("last-one");
    host.accounts.secrets = { kind: "memory", ready: true, canMove: true, notice: null };
    const { user } = await openWindow(host);
    await user.click(within(screen.getByRole("note")).getByRole("button", { name: "Keep keys in an encrypted file" }));
    expect(await screen.findByText("Keys are kept in an encrypted file from now on.")).toBeVisible();
    expect(asked(host, "keep_secrets")).toEqual([{ place: "file" }]);
    expect(screen.queryByRole("note")).toBeNull();
  });

  test("start without the stored keys, or move them aside after a question, when their key is lost", async () => {
    const host = rehearse("unreachable");
    host.world.gone = new HostError("vault_key_lost", "The key of the stored secrets is gone.", "Bring it back.");
    const { user } = await openWindow(host);
    await user.click(screen.getByRole("button", { name: "Begin with new keys" }));
    expect(host.starts).toEqual([]);
    expect(screen.getByText(/nothing is deleted/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Move them aside and start" }));
    expect(await screen.findByText("Gateway running")).toBeVisible();
    expect(host.starts).toEqual(["set-aside"]);
  });

  test("offer another port when the usual one is taken", async () => {
    const host = rehearse("unreachable");
    host.world.gone = new HostError("port_in_use", "Port 4117 is in use by python3.", "End it, or use another.");
    const { user } = await openWindow(host);
    await user.click(screen.getByRole("button", { name: "Use the next free port" }));
    expect(await screen.findByText("Gateway running")).toBeVisible();
    expect(host.starts).toEqual(["other-port"]);
  });

  test("carry what the history has to say", async () => {
    const host = rehearse("well");
    host.world.history = { code: "history_disk_full", message: "The disk is full.", hint: "Free some space." };
    await openWindow(host);
    expect(screen.getByRole("note")).toHaveTextContent(/The disk is full\. Free some space\./);
  });

  test("say what was spent today, and when that is not all", async () => {
    const { host } = await openWindow("well");
    expect(screen.getByText("spent today at least; some costs are unknown").parentElement).toHaveTextContent("$3.18");
    host.world.today.costUnknown = 0;
    act(() => {
      host.changed();
    });
    expect(screen.getByText("spent today")).toBeVisible();
  });

  test("lead to the key of the profile that needs one", async () => {
    const { user } = await openWindow("needs-key");
    await user.click(screen.getByRole("button", { name: "Give anthropic-primary a key" }));
    expect(screen.getByTestId("nav-profiles")).toHaveAttribute("aria-current", "page");
    expect(await screen.findByTestId("key-input")).toHaveFocus();
  });

  test("lead back from a single profile to the balancer", async () => {
    const { user, host } = await openWindow("single");
    await user.click(screen.getByRole("button", { name: "Back to ha-failover" }));
    expect(asked(host, "use_now")).toEqual([{ name: "ha-failover" }]);
    expect(sentence()).toHaveTextContent("anthropic-primary is serving");
  });

  test("lead to the form of the first profile when there is none", async () => {
    const { user } = await openWindow("empty");
    await user.click(screen.getByRole("button", { name: "Create a profile" }));
    expect(await screen.findByRole("textbox", { name: "Name" })).toHaveFocus();
  });
});

describe("what serves", () => {
  test("is chosen from the balancers and the single profiles", async () => {
    const { user, host } = await openWindow();
    await user.click(screen.getByTestId("route-switch"));
    const options = screen.getAllByRole("menuitemradio").map((item) => item.textContent);
    expect(options).toEqual([
      "ha-failoverfailover",
      "ha-roundrobinround-robin",
      "ha-weightedweighted",
      "anthropic-primary",
      "openai-backup",
      "gemini-fallback",
    ]);
    expect(screen.getByRole("menuitemradio", { checked: true })).toHaveTextContent("ha-failover");
    await user.click(screen.getByRole("menuitemradio", { name: /ha-weighted/ }));
    expect(asked(host, "use_now")).toEqual([{ name: "ha-weighted" }]);
    expect(sentence()).toHaveTextContent("share the load");
  });

  test("stays as it is, with the reason, when the engine refuses", async () => {
    const { user, host } = await openWindow();
    host.refuse("use_now", refusal());
    await user.click(screen.getByTestId("route-switch"));
    await user.click(screen.getByRole("menuitemradio", { name: /ha-weighted/ }));
    expect(await screen.findByText("The disk is full.")).toBeVisible();
    expect(sentence()).toHaveTextContent("anthropic-primary is serving");
  });
});

describe("a pin", () => {
  test("sends requests to a member until it is taken away, and says so", async () => {
    const { user, host } = await openWindow();
    await user.click(screen.getByRole("button", { name: "Pin to openai-backup until you unpin" }));
    expect(asked(host, "pin")).toEqual([{ route: "ha-failover", member: "openai-backup" }]);
    expect(sentence()).toHaveTextContent("openai-backup is serving");
    expect(screen.getByText(/^Pinned to/)).toHaveTextContent("Pinned to openai-backup until you unpin.");
    expect(screen.getByTestId("member-openai-backup")).toHaveTextContent("pinned");
    await user.click(screen.getByRole("button", { name: "Unpin" }));
    expect(asked(host, "unpin")).toEqual([{ route: "ha-failover" }]);
    expect(sentence()).toHaveTextContent("anthropic-primary is serving");
  });

  test("is taken away at the member too", async () => {
    const host = rehearse("well");
    if (host.world.balancers[0]) host.world.balancers[0].pinned = "gemini-fallback";
    const { user } = await openWindow(host);
    await user.click(screen.getByRole("button", { name: "Unpin gemini-fallback" }));
    expect(asked(host, "unpin")).toEqual([{ route: "ha-failover" }]);
    expect(await screen.findByText("ha-failover chooses by its policy again.")).toBeVisible();
  });

  test("to a member that has left the list is void, and can be taken away", async () => {
    const host = rehearse("well");
    if (host.world.balancers[0]) host.world.balancers[0].pinned = "gone";
    const { user } = await openWindow(host);
    expect(sentence()).toHaveTextContent("anthropic-primary is serving");
    expect(screen.getByText(/It was pinned to/)).toHaveTextContent("gone, which is no longer in its list.");
    await user.click(screen.getByRole("button", { name: "Unpin" }));
    expect(asked(host, "unpin")).toEqual([{ route: "ha-failover" }]);
  });
});

describe("a member", () => {
  test("shows the windows of its limit by name, with what is left and when they are whole again", async () => {
    const host = rehearse("well");
    const [first] = host.world.profiles;
    const window = { name: "5 hours", left: 0.64, remaining: null, limit: null, unit: "usage" };
    Object.assign(first?.live ?? {}, { limits: [{ ...window, resetsAt: host.world.now + 4_000_000 }] });
    await openWindow(host);
    const row = screen.getByTestId("member-anthropic-primary");
    expect(row).toHaveTextContent(/Limit left5 hours: 64 %Resets in 1:06:/);
    expect(screen.getByTestId("member-openai-backup")).toHaveTextContent("requests a minute: 415 of 500");
    expect(screen.getByTestId("member-gemini-fallback")).toHaveTextContent(/Limit leftnot reported/);
  });

  test("at its daily limit says so, until when, and is not to be tried", async () => {
    const host = rehearse("well");
    const live = { state: "at-limit", until: host.world.now + 42_000, why: "has served its 200 requests of today" };
    Object.assign(host.world.profiles[0]?.live ?? {}, live);
    await openWindow(host);
    const row = screen.getByTestId("member-anthropic-primary");
    expect(row).toHaveTextContent(/At its limit, 0:[34]\d/);
    expect(row).toHaveTextContent("has served its 200 requests of today");
    expect(within(row).queryByRole("button", { name: /^Try now/ })).toBeNull();
    expect(sentence()).toHaveTextContent("openai-backup is serving");
  });

  test("shows its state in a word, its numbers, and why it is out", async () => {
    await openWindow("cooling");
    const row = screen.getByTestId("member-anthropic-primary");
    expect(row).toHaveAttribute("data-state", "cooling");
    expect(row).toHaveTextContent(/Cooling, 0:4[12]/);
    expect(row).toHaveTextContent("612 / 1,480");
    expect(row).toHaveTextContent("429, hit its rate limit");
    expect(within(row).getByRole("img")).toHaveAccessibleName(/answered, 12 failed in the last 30 minutes/);
    expect(screen.getByTestId("member-gemini-fallback")).toHaveTextContent(/no data yet.*not reported/);
  });

  test("that is out can be tried now", async () => {
    const { user, host } = await openWindow("cooling");
    expect(screen.queryByRole("button", { name: "Try now: openai-backup" })).toBeNull();
    await user.click(screen.getByRole("button", { name: "Try now: anthropic-primary" }));
    expect(asked(host, "try_now")).toEqual([{ member: "anthropic-primary" }]);
    expect(screen.getByTestId("member-anthropic-primary")).toHaveAttribute("data-state", "serving");
    expect(
      await screen.findByText("anthropic-primary may be tried again. Checked: the key is accepted."),
    ).toBeVisible();
  });

  test("says what its last check came to until it has served", async () => {
    const { host } = await openWindow("well");
    const row = screen.getByTestId("member-gemini-fallback");
    expect(row).toHaveTextContent("Not checked yet");
    await act(() => host.perform("check_member", { member: "gemini-fallback", what: "key" }));
    expect(row).toHaveAttribute("data-state", "ready");
    expect(row).toHaveTextContent("The key is accepted");
  });

  test("that is simulated can be sent a request from here", async () => {
    const { user, host } = await openWindow("practice");
    await user.click(screen.getByRole("button", { name: "Send a request" }));
    expect(asked(host, "test_profile")).toEqual([{ name: "practice" }]);
  });

  test("that is simulated says so, and can be broken and mended", async () => {
    const { user, host } = await openWindow("practice");
    expect(screen.getByText(/These providers are simulated/)).toBeVisible();
    await user.click(screen.getByTestId("fault-practice-anthropic"));
    expect(screen.getByRole("menuitem", { name: "Mend" })).toHaveAttribute("data-disabled");
    await user.click(screen.getByRole("menuitemradio", { name: "answers 429" }));
    expect(sentence()).toHaveTextContent("practice-openai is serving");
    expect(screen.getByTestId("fault-practice-anthropic")).toHaveTextContent("Broken");
    await user.click(screen.getByTestId("fault-practice-anthropic"));
    await user.click(screen.getByRole("menuitem", { name: "Mend" }));
    expect(asked(host, "practice_fault")).toEqual([
      { member: "practice-anthropic", fault: "rate-limit" },
      { member: "practice-anthropic", fault: null },
    ]);
    expect(screen.getByTestId("member-practice-anthropic")).toHaveAttribute("data-state", "serving");
  });

  test("that is real can't be broken here", async () => {
    await openWindow("cooling");
    expect(screen.queryByTestId("fault-anthropic-primary")).toBeNull();
  });
});

describe("the requests", () => {
  test("appear on top as they come in", async () => {
    const { host } = await openWindow("cooling");
    const [template] = host.world.exchanges;
    if (!template) throw new Error("the case has no exchanges");
    act(() => {
      host.arrived({ ...template, id: "newest", tool: "Zed" });
    });
    const rows = screen.getAllByRole("row").slice(1);
    expect(rows[0]).toHaveAttribute("data-testid", "exchange-newest");
    expect(rows[0]).toHaveTextContent(/Zed.*anthropic-primary skipped→openai-backup/);
    expect(screen.getByText("1,285")).toBeVisible();
  });

  test("are drawn at once while they are few, and once a second while they are many", async () => {
    const { host } = await openWindow("cooling");
    const [template] = host.world.exchanges;
    if (!template) throw new Error("the case has no exchanges");
    const many = (from: string) =>
      Array.from({ length: 10 }, (_, at) => ({ ...template, id: `${from}-${String(at)}` }));
    act(() => {
      host.changed({ exchanges: many("first") });
    });
    expect(screen.getByTestId("exchange-first-9")).toBeVisible();
    act(() => {
      host.changed({ exchanges: many("second") });
    });
    expect(screen.queryByTestId("exchange-second-9")).toBeNull();
    expect(await screen.findByTestId("exchange-second-9", {}, { timeout: 3000 })).toBeVisible();
    act(() => {
      host.changed({ exchanges: [{ ...template, id: "alone" }] });
    });
    expect(screen.getByTestId("exchange-alone")).toBeVisible();
  });

  test("say when none has come, and what to do", async () => {
    await openWindow("idle");
    expect(screen.getByText(/They appear here the moment they come in/)).toBeVisible();
  });

  test("explain themselves in a trail that Escape closes", async () => {
    const { user, host } = await openWindow("cooling");
    const failed = host.world.exchanges.at(-1);
    if (!failed) throw new Error("the case has no exchanges");
    const row = screen.getByTestId(`exchange-${failed.id}`);
    expect(row).toHaveTextContent("429 to the tool");
    await user.click(within(row).getByRole("button"));
    const trail = within(screen.getByRole("dialog", { name: "The trail of one request" }));
    expect(trail.getAllByText("failed 429")).toHaveLength(2);
    expect(trail.getByText("failed, 429")).toBeVisible();
    expect(trail.getByText("all_members_failed")).toBeVisible();
    expect(trail.getByText(/cooling for 0:42 after 429/)).toBeVisible();
    await user.click(trail.getByRole("button", { name: "Copy" }));
    expect(host.clipboard).toEqual([failed.id]);
    await user.keyboard("{Escape}");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(within(row).getByRole("button")).toHaveFocus();
  });
});
