import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { rehearse, type Case } from "../host/rehearsal-cases.ts";
import type { Rehearsal } from "../host/rehearsal.ts";
import { asked, openWindow, refusal } from "../test-window.tsx";

const KEY = "sk-only-this-one-canary-7f3a";

/** A block as the recipe has it: comments, blank lines, a placeholder, a profile that is there with other settings. */
const BLOCK = `# 3. Create OpenAI profile (requires API key)
/provider openai
/key sk-your-openai-key
/model gpt-5.2
/set modelparam max_tokens 8192
/profile save openai-two

# 4. Create Gemini profile
/provider gemini
/model gemini-2.5-flash
/set modelparam max_tokens 8192
/set context-limit 200000
/profile save gemini-fallback

/profile save loadbalancer ha-two failover openai-two gemini-fallback
/profile load ha-two
/profile set-default ha-two
`;

async function openBar(of: Case | Rehearsal = "well") {
  const opened = await openWindow(of);
  await opened.user.keyboard("{Control>}k{/Control}");
  const field = await screen.findByTestId("command-field");
  await waitFor(() => {
    expect(field).toHaveFocus();
  });
  return { ...opened, field };
}

/** Pastes as the clipboard would. */
function paste(text: string): void {
  const into = document.activeElement ?? document.body;
  fireEvent.paste(into, { clipboardData: { getData: () => text } });
}

const options = () => screen.getAllByRole("option").map((option) => option.textContent);
const change = (line: number) => screen.findByTestId(`change-${String(line)}`);
const title = (words: string) =>
  waitFor(() => {
    expect(screen.getByTestId("plan-title")).toHaveTextContent(words);
  });

describe("the bar", () => {
  test("is opened by its keys from anywhere and by the sidebar, and gives the focus back", async () => {
    const { user } = await openWindow();
    const button = screen.getByRole("button", { name: "Search or run Ctrl K" });
    await user.click(button);
    expect(await screen.findByTestId("command-bar")).toHaveAttribute("open");
    await user.keyboard("{Control>}k{/Control}");
    expect(screen.queryByTestId("command-bar")).toBeNull();
    await waitFor(() => {
      expect(button).toHaveFocus();
    });
    await user.keyboard("{Meta>}k{/Meta}");
    fireEvent(await screen.findByTestId("command-bar"), new Event("cancel", { cancelable: true }));
    await waitFor(() => {
      expect(screen.queryByTestId("command-bar")).toBeNull();
    });
  });

  test("names the present choice to who can't see it, and moves it by the arrows", async () => {
    const { user, field } = await openBar();
    await user.type(field, "gemini-fallback");
    const [first, second] = screen.getAllByRole("option");
    expect(field).toHaveAttribute("aria-activedescendant", first?.id);
    expect(first).toHaveAttribute("aria-selected", "true");
    await user.keyboard("{ArrowDown}");
    expect(field).toHaveAttribute("aria-activedescendant", second?.id);
    await user.keyboard("{ArrowUp}{ArrowUp}");
    expect(field).toHaveAttribute("aria-activedescendant", screen.getAllByRole("option").at(-1)?.id);
    expect(field).toHaveFocus();
  });

  test("goes to a profile and closes", async () => {
    const { user, field } = await openBar();
    await user.type(field, "gemini-fall");
    expect(options()[0]).toBe("gemini-fallbackprofile");
    await user.keyboard("{Enter}");
    expect(screen.queryByTestId("command-bar")).toBeNull();
    expect(await screen.findByRole("heading", { name: "gemini-fallback" })).toBeVisible();
  });

  test("goes to a section of the settings, and to the form of a new load balancer", async () => {
    const { user, field } = await openBar();
    await user.type(field, "settings prices{Enter}");
    expect(await screen.findByTestId("section-prices")).toHaveAttribute("data-state", "active");
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByTestId("command-field"), "new load{Enter}");
    expect(await screen.findByRole("form", { name: "New load balancer" })).toBeVisible();
  });

  test("says when nothing fits", async () => {
    const { user, field } = await openBar();
    await user.type(field, "zebra");
    expect(screen.getByText("Nothing fits. A command begins with /.")).toBeVisible();
    expect(field).toHaveAttribute("aria-expanded", "false");
  });

  test.each(["cooling", "practice", "empty"] as const)("has no faults that axe finds, case %s", async (of) => {
    const { user, field, container } = await openBar(of);
    await user.type(field, "a");
    const rules = { "color-contrast": { enabled: false }, region: { enabled: false } };
    const { violations } = await axe.run(container, { rules });
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  });
});

describe("what it does", () => {
  test.each([
    ["use ha-roundrobin", "use_now", { name: "ha-roundrobin" }, "ha-roundrobin serves from now on."],
    ["set gemini default", "set_default", { name: "gemini-fallback" }, /gemini-fallback is the default/],
    ["pin openai", "pin", { route: "ha-failover", member: "openai-backup" }, /Requests go to openai-backup first/],
    ["delete ha-weighted", "delete_profile", { name: "ha-weighted", fromLists: false }, "ha-weighted deleted."],
    ["export history csv", "export_history", { format: "csv" }, /requests written to/],
  ] as const)("%s", async (typed, operation, input, said) => {
    const { user, host, field } = await openBar();
    await user.type(field, `${typed}{Enter}`);
    expect(await screen.findByText(said)).toBeVisible();
    expect(asked(host, operation)).toEqual([input]);
    expect(screen.queryByTestId("command-bar")).toBeNull();
  });

  test("a failure is said where everything is said", async () => {
    const { user, host, field } = await openBar();
    host.refuse("use_now", refusal());
    await user.type(field, "use ha-roundrobin{Enter}");
    expect(await screen.findByText("The disk is full.")).toBeVisible();
  });

  test("tests a profile and shows the answer in the bar", async () => {
    const { user, host, field } = await openBar();
    await user.type(field, "test anthropic{Enter}");
    expect(await screen.findByText("Answered in 640 ms.")).toBeVisible();
    expect(screen.getByText("“pong”")).toBeVisible();
    expect(asked(host, "test_profile")).toEqual([{ name: "anthropic-primary" }]);
  });

  test("takes the last change back, once", async () => {
    const { user, host, field } = await openBar();
    await user.type(field, "delete ha-weighted{Enter}");
    await screen.findByText("ha-weighted deleted.");
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByTestId("command-field"), "undo");
    expect(options()[0]).toBe("Undo: ha-weighted deleted.");
    await user.keyboard("{Enter}");
    expect(await screen.findByText("Taken back.")).toBeVisible();
    expect(host.world.balancers.map(({ name }) => name)).toContain("ha-weighted");
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByTestId("command-field"), "undo");
    expect(screen.queryByText(/^Undo:/)).toBeNull();
  });

  test("breaks and mends what is simulated, and changes the colours", async () => {
    const { user, host, field } = await openBar("practice");
    await user.type(field, "break practice-openai 503{Enter}");
    expect(await screen.findByText("From now on practice-openai answers 503.")).toBeVisible();
    expect(asked(host, "practice_fault")).toEqual([{ member: "practice-openai", fault: "server-error" }]);
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByTestId("command-field"), "theme dark{Enter}");
    expect(document.documentElement).toHaveAttribute("data-theme", "dark");
  });
});

describe("a command", () => {
  test("is completed word by word, with its usage and what it does", async () => {
    const { user, host, field } = await openBar();
    await user.type(field, "/pro");
    await waitFor(() => {
      expect(screen.getByTestId("command-help")).toHaveTextContent("/provider PROVIDERBegin a new draft");
    });
    await user.keyboard("{ArrowDown}{ArrowDown}{Enter}");
    expect(field).toHaveValue("/profile ");
    await user.type(field, "lo");
    await waitFor(() => {
      expect(screen.getByTestId("command-help")).toHaveTextContent(
        "/profile load NAMEFrom now on this serves requests that name none",
      );
    });
    await user.keyboard("{Tab}");
    expect(field).toHaveValue("/profile load ");
    await user.type(field, "ha-r");
    await waitFor(() => {
      expect(options()).toEqual([expect.stringContaining("ha-roundrobin")]);
    });
    await user.keyboard("{Tab}{Enter}");
    expect(await screen.findByText("ha-roundrobin serves from now on.")).toBeVisible();
    expect(host.world.active).toBe("ha-roundrobin");
    expect(field).toHaveValue("");
  });

  test("shows a table as a table", async () => {
    const { user, field } = await openBar();
    await user.type(field, "/stats buckets{Enter}");
    const table = await screen.findByRole("table", { name: "Answer to /stats buckets" });
    expect(
      within(table)
        .getAllByRole("columnheader")
        .map((head) => head.textContent),
    ).toEqual(["Member", "Account", "Requests today", "Share"]);
    expect(within(table).getByRole("cell", { name: "anthropic-primary" })).toBeVisible();
    expect(screen.getByText("ha-failover is active.")).toBeVisible();
  });

  test("says what was wrong and what is possible", async () => {
    const { user, field } = await openBar();
    await user.type(field, "/provider opneai{Enter}");
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent('There is no provider "opneai". There are: anthropic, openai, gemini.');
  });

  test("comes back by the arrows, the last one first", async () => {
    const { user, field } = await openBar();
    await user.type(field, "/provider openai{Enter}");
    await screen.findByText("A new draft with openai.");
    await user.type(field, "/model gpt-5.2{Enter}");
    await screen.findByText("Done.");
    await user.keyboard("{ArrowUp}");
    expect(field).toHaveValue("/model gpt-5.2");
    await user.keyboard("{ArrowUp}");
    expect(field).toHaveValue("/provider openai");
    await user.keyboard("{ArrowDown}{ArrowDown}");
    expect(field).toHaveValue("");
  });

  test("with a key is masked from its first letters, runs, and is remembered without it", async () => {
    const { user, host, field } = await openBar();
    await user.type(field, "/provider openai{Enter}");
    await screen.findByText("A new draft with openai.");
    await user.type(field, "/key sk");
    const secret = await screen.findByLabelText("/key, masked");
    expect(secret).toHaveAttribute("type", "password");
    expect(secret).toHaveFocus();
    await user.type(secret, KEY.slice(2));
    expect(document.body.innerHTML).not.toContain("canary");
    await user.keyboard("{Enter}");
    expect(await screen.findByText("/key …")).toBeVisible();
    expect(asked(host, "console").at(-1)).toMatchObject({ text: `/key ${KEY}` });
    expect(document.body.innerHTML).not.toContain("canary");
    await user.keyboard("{ArrowUp}");
    expect(screen.getByTestId("command-field")).toHaveValue("/key ");
  });

  test("a key that is pasted alone is masked at once", async () => {
    const { user } = await openBar();
    await user.paste(KEY);
    const secret = await screen.findByTestId("command-secret");
    expect(secret).toHaveValue(KEY);
    expect(secret).toHaveAttribute("type", "password");
    expect(screen.getByText(/This looks like a key/)).toBeVisible();
    await user.clear(secret);
    await user.keyboard("{Backspace}");
    expect(screen.getByTestId("command-field")).toHaveValue("/key ");
  });
});

describe("a pasted block", () => {
  test("is shown as a list of changes before anything runs", async () => {
    const { host, container } = await openBar();
    paste(BLOCK);
    await title("This block makes 5 changes");
    expect(await change(6)).toHaveTextContent("Create openai-two");
    expect(await change(6)).toHaveTextContent("openai, gpt-5.2, max_tokens 8192");
    expect(await change(13)).toHaveTextContent("Overwrite gemini-fallback");
    expect(await change(13)).toHaveTextContent("temperature 0.2 removed");
    expect(await change(15)).toHaveTextContent("failover: openai-two, gemini-fallback");
    expect(await change(16)).toHaveTextContent("Use ha-two nowLine 16in place of ha-failover");
    expect(await change(17)).toHaveTextContent("Make ha-two the default");
    expect(asked(host, "console")).toMatchObject([{ dryRun: true }]);
    expect(host.world.profiles.map(({ name }) => name)).not.toContain("openai-two");
    const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
    expect(violations.map(({ id }) => id)).toEqual([]);
  });

  test("asks for the key in the place of the recipe's, and gives it to the engine alone", async () => {
    const { user, host } = await openBar();
    paste(BLOCK);
    const key = await screen.findByLabelText("Key for openai-two");
    expect(key).toHaveAttribute("type", "password");
    expect(key).toHaveAccessibleDescription("Left empty, it is saved as one that needs a key.");
    await user.type(key, KEY);
    await user.click(screen.getByTestId("run-block"));
    expect(await screen.findByText("All of it ran.")).toBeVisible();
    expect(asked(host, "console").at(-1)).toMatchObject({ dryRun: false, keys: { 3: KEY }, skip: [], rename: {} });
    expect(asked(host, "console").slice(0, -1)).toEqual(
      asked(host, "console")
        .slice(0, -1)
        .map(() => expect.objectContaining({ keys: {} }) as unknown),
    );
    expect(document.body.innerHTML).not.toContain("canary");
    expect(host.world.active).toBe("ha-two");
    await user.click(screen.getByTestId("undo-block"));
    expect(await screen.findByText("The files are as they were.")).toBeVisible();
    expect(host.world.profiles.map(({ name }) => name)).not.toContain("openai-two");
  });

  test("hides the keys that it holds the moment it is pasted", async () => {
    const { user, host } = await openBar();
    paste(BLOCK.replace("sk-your-openai-key", KEY));
    await title("This block makes 5 changes");
    await user.click(screen.getByRole("button", { name: "Show the block" }));
    expect(screen.getByText("/key ••••••••")).toBeVisible();
    expect(screen.queryByLabelText("Key for openai-two")).toBeNull();
    expect(document.body.innerHTML).not.toContain("canary");
    await user.click(screen.getByTestId("run-block"));
    await screen.findByText("All of it ran.");
    expect(asked(host, "console").at(-1)).toMatchObject({ text: expect.stringContaining(KEY) as unknown });
    expect(document.body.innerHTML).not.toContain("canary");
  });

  test("does without a change that is skipped, and stops where that is missed", async () => {
    const { user, host } = await openBar();
    paste(BLOCK);
    await user.click(await screen.findByRole("button", { name: "Skip: Overwrite gemini-fallback" }));
    await title("This block makes 4 changes");
    expect(await change(13)).toHaveTextContent("skipped");
    await user.click(screen.getByRole("button", { name: "Skip: Create openai-two" }));
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("Line 15 can’t run");
    expect(alert).toHaveTextContent('There is no profile "openai-two".');
    expect(screen.getByTestId("run-block")).toBeDisabled();
    expect(await change(16)).toHaveTextContent("not looked at yet");
    await user.click(screen.getByRole("button", { name: "Put back: Create openai-two" }));
    await title("This block makes 4 changes");
    await user.click(screen.getByTestId("run-block"));
    await screen.findByText("All of it ran.");
    expect(asked(host, "console").at(-1)).toMatchObject({ dryRun: false, skip: [13] });
    expect(host.world.profiles.find(({ name }) => name === "gemini-fallback")?.params).toHaveProperty("temperature");
  });

  test("saves under another name, and what names it in the block follows", async () => {
    const { user, host } = await openBar();
    paste(BLOCK);
    await user.click(await screen.findByRole("button", { name: "Rename: gemini-fallback" }));
    const name = screen.getByRole("textbox", { name: "Save as" });
    await user.clear(name);
    await user.type(name, "gemini-two{Enter}");
    await waitFor(async () => {
      expect(await change(13)).toHaveTextContent("Create gemini-two");
    });
    expect(await change(13)).toHaveTextContent("gemini-fallback in the block; what names it there follows.");
    expect(await change(15)).toHaveTextContent("failover: openai-two, gemini-two");
    await user.click(screen.getByTestId("run-block"));
    await screen.findByText("All of it ran.");
    expect(asked(host, "console").at(-1)).toMatchObject({ dryRun: false, rename: { 13: "gemini-two" } });
    expect(host.world.profiles.map((each) => each.name)).toContain("gemini-two");
  });

  test("a line that can't run is told with its number, and put right in its place", async () => {
    const { user, host } = await openBar();
    paste(BLOCK.replace("/provider gemini", "/provider gmini"));
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent('Line 9 can’t run/provider gminiThere is no provider "gmini".');
    expect(await change(6)).toHaveTextContent("Create openai-two");
    await user.click(screen.getByTestId("correct-line"));
    const line = screen.getByRole("textbox", { name: "Line 9" });
    await user.clear(line);
    await user.type(line, "/provider gemini{Enter}");
    await title("This block makes 5 changes");
    await user.click(screen.getByTestId("run-block"));
    await screen.findByText("All of it ran.");
    expect(host.world.active).toBe("ha-two");
  });

  test("runs only what stands before such a line, where that is wanted", async () => {
    const { user, host } = await openBar();
    paste(BLOCK.replace("/provider gemini", "/provider gmini"));
    await user.click(await screen.findByTestId("run-before"));
    await screen.findByText("All of it ran.");
    expect(host.world.profiles.map(({ name }) => name)).toContain("openai-two");
    expect(host.world.active).toBe("ha-failover");
  });

  test("says where it stopped when that could not be foreseen, and what was done by then", async () => {
    const { user, host } = await openBar();
    paste(BLOCK);
    await title("This block makes 5 changes");
    // Meanwhile the provider went away.
    host.world.catalogue = host.world.catalogue.filter(({ name }) => name !== "gemini");
    await user.click(screen.getByTestId("run-block"));
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("Stopped at line 9/provider gemini");
    expect(alert).toHaveTextContent("5 lines had run before it. 7 lines were not run.");
    expect(screen.getByTestId("ran-6")).toHaveTextContent("openai-two is saved.");
  });

  test("keeps its keys and says why when the engine refuses", async () => {
    const { user, host } = await openBar();
    paste(BLOCK);
    const key = await screen.findByLabelText("Key for openai-two");
    await user.type(key, KEY);
    host.refuse("console", refusal());
    await user.click(screen.getByTestId("run-block"));
    expect(await screen.findByText("The disk is full.")).toBeVisible();
    expect(key).toHaveValue(KEY);
    await user.click(screen.getByRole("button", { name: "Back" }));
    expect(await screen.findByTestId("command-field")).toHaveValue("");
  });
});

test("nothing that was typed is kept when the window is opened anew", async () => {
  const host = rehearse("well");
  const { user } = await openBar(host);
  await user.keyboard("/help{Enter}{Escape}");
  expect(JSON.stringify(Object.entries(localStorage))).not.toContain("help");
});
