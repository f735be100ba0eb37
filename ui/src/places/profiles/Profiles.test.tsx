import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { rehearse, type Case } from "../../host/rehearsal-cases.ts";
import { asked, openWindow, refusal } from "../../test-window.tsx";

async function open(of: Case = "well") {
  const opened = await openWindow(of, "profiles");
  await screen.findByRole("list", { name: "Profiles" });
  return opened;
}

/** The fields of the form that is shown. */
const field = (name: string) => screen.findByRole("textbox", { name });

describe("the list", () => {
  test("says of each profile what it does, its model, its credential and who lists it", async () => {
    await open("cooling");
    const row = screen.getByTestId("profile-anthropic-primary");
    expect(row).toHaveTextContent(/Cooling, 0:4/);
    expect(row).toHaveTextContent("claude-sonnet-4-5-20250929");
    expect(row).toHaveTextContent("key kept by Mainstay, ends in 7Qx4");
    expect(row).toHaveTextContent("Listed by ha-failover, ha-roundrobin and ha-weighted");
  });

  test("marks a profile whose form is not saved, and keeps that form", async () => {
    const { user } = await open();
    await user.type(await field("max_tokens"), "1");
    await user.click(screen.getByTestId("profile-openai-backup"));
    expect(screen.getByTestId("profile-anthropic-primary")).toHaveTextContent("Unsaved changes");
    expect(await field("max_tokens")).toHaveValue("8192");
    await user.click(screen.getByTestId("profile-anthropic-primary"));
    expect(await field("max_tokens")).toHaveValue("81921");
    await user.click(screen.getByRole("button", { name: "Discard changes" }));
    expect(await field("max_tokens")).toHaveValue("8192");
    expect(screen.getByTestId("profile-anthropic-primary")).not.toHaveTextContent("Unsaved changes");
  });
});

describe("the form", () => {
  test("creates a profile, with a model of the catalogue and a parameter by its real name", async () => {
    const { user, host } = await open();
    await user.click(screen.getByTestId("new-profile"));
    await user.type(await field("Name"), "spare");
    await user.selectOptions(screen.getByRole("combobox", { name: "Provider" }), "OpenAI");
    expect(screen.getAllByText("Fast, reliable API").length).toBeGreaterThan(0);
    await user.click(screen.getByRole("combobox", { name: "Model" }));
    await user.keyboard("{ArrowDown}{ArrowDown}{Enter}");
    expect(screen.getByRole("combobox", { name: "Model" })).toHaveValue("gpt-5-mini");
    await user.type(await field("temperature"), "0.4");
    await user.click(screen.getByRole("button", { name: "Add a parameter" }));
    await user.type(screen.getByRole("combobox", { name: "Name of parameter 1" }), "top_p");
    expect(screen.getByText(/a number from 0 to 1; 1 where nobody/)).toBeVisible();
    await user.click(screen.getByRole("checkbox", { name: "Always use top_p from here" }));
    await user.type(await field("Value of parameter 1, as JSON"), "0.9");
    await user.click(screen.getByTestId("save-profile"));
    expect(asked(host, "save_profile")).toEqual([
      {
        name: "spare",
        fingerprint: null,
        provider: "openai",
        model: "gpt-5-mini",
        params: { temperature: 0.4, top_p: 0.9 },
        contextLimit: null,
        baseUrl: null,
        timeoutMs: null,
        dailyRequests: null,
        dailyUsd: null,
        settings: {},
        models: { main: null, small: null, map: [], keepClient: false },
        always: ["top_p"],
      },
    ]);
    expect(await screen.findByRole("heading", { name: "spare" })).toBeVisible();
    expect(await screen.findByText("spare created.")).toBeVisible();
    expect(screen.getByTestId("key-input")).toBeVisible();
  });

  test("takes a model that no catalogue knows, and filters while one types", async () => {
    const { user } = await open();
    await user.click(screen.getByTestId("new-profile"));
    await user.selectOptions(screen.getByRole("combobox", { name: "Provider" }), "Anthropic");
    const model = screen.getByRole("combobox", { name: "Model" });
    await user.type(model, "opus");
    expect(screen.getAllByRole("option", { name: /claude/ }).map((option) => option.textContent)).toEqual([
      "claude-opus-4-5200,000 tokens",
    ]);
    await user.type(model, "-next");
    expect(model).toHaveAttribute("aria-expanded", "false");
    expect(model).toHaveValue("opus-next");
  });

  test("says at each field what is wrong, and asks nothing of the engine", async () => {
    const { user, host } = await open();
    await user.click(screen.getByTestId("new-profile"));
    await user.type(await field("Name"), "anthropic-primary");
    await user.type(await field("temperature"), "3");
    await user.click(screen.getByTestId("save-profile"));
    expect(await field("Name")).toHaveAccessibleDescription("There is one of this name already.");
    expect(await field("temperature")).toHaveAccessibleDescription("A number from 0 to 2.");
    expect(screen.getByRole("combobox", { name: "Model" })).toBeInvalid();
    expect(await field("Name")).toHaveFocus();
    expect(asked(host, "save_profile")).toEqual([]);
  });

  test("saves an edit with the fingerprint that it was made from", async () => {
    const { user, host } = await open();
    const { fingerprint } = await host.perform("profile", { name: "anthropic-primary" });
    expect(screen.getByTestId("save-profile")).toBeDisabled();
    await user.type(await field("timeout_ms"), "30000");
    await user.click(screen.getByTestId("save-profile"));
    expect(await screen.findByText("All saved")).toBeVisible();
    expect(asked(host, "save_profile_text")).toMatchObject([
      { fingerprint, text: expect.stringContaining('"timeout_ms": 30000') as string },
    ]);
    // The next edit starts from the text that was saved.
    await user.type(await field("timeout_ms"), "0");
    await user.click(screen.getByTestId("save-profile"));
    await waitFor(() => {
      expect(host.world.profiles[0]).toMatchObject({ timeoutMs: 300_000 });
    });
    expect(screen.queryByTestId("conflict")).toBeNull();
  });

  test("keeps what was typed, and says why, when the engine refuses", async () => {
    const { user, host } = await open();
    host.refuse("save_profile_text", refusal());
    await user.type(await field("timeout_ms"), "5");
    await user.click(screen.getByTestId("save-profile"));
    expect(await screen.findByRole("alert")).toHaveTextContent("The disk is full. Free some space.");
    expect(await field("timeout_ms")).toHaveValue("5");
    expect(screen.getByTestId("save-profile")).toBeEnabled();
  });

  test("follows the file while nothing was typed", async () => {
    const { host } = await open();
    const [first] = host.world.profiles;
    if (first) first.model = "claude-opus-4-5";
    act(() => {
      host.changed({ profilesChanged: true });
    });
    expect(await screen.findByDisplayValue("claude-opus-4-5")).toBeVisible();
    expect(screen.queryByTestId("conflict")).toBeNull();
  });

  test("of a simulated provider can't be changed", async () => {
    await open("practice");
    expect(await field("temperature")).toBeDisabled();
    expect(screen.queryByTestId("save-profile")).toBeNull();
    expect(screen.queryByTestId("key-input")).toBeNull();
  });
});

describe("the text", () => {
  const area = () => screen.getByTestId<HTMLTextAreaElement>("json-text");
  const type = async (user: Awaited<ReturnType<typeof open>>["user"], from: string, to: string) => {
    const text = area().value.replace(from, to);
    await user.clear(area());
    await user.click(area());
    await user.paste(text);
  };
  const tab = async (user: Awaited<ReturnType<typeof open>>["user"], name: string) =>
    user.click(await screen.findByRole("tab", { name }));

  test("shows what the form says, before it is saved", async () => {
    const { user } = await open();
    await user.type(await field("timeout_ms"), "30000");
    await tab(user, "JSON");
    await waitFor(() => {
      expect(area().value).toContain('"timeout_ms": 30000');
    });
    expect(screen.getByText("This is a profile.")).toBeVisible();
  });

  test("shows in the form what was typed, and is saved as it stands there, unknown keys with it", async () => {
    const { user, host } = await open();
    await tab(user, "JSON");
    await type(user, '"version": 1', '"mine": [1],\n  "version": 1');
    await type(user, '"context-limit": 200000', '"context-limit": 100000');
    const { value } = area();
    await tab(user, "Form");
    await waitFor(async () => {
      expect(await field("context-limit")).toHaveValue("100000");
    });
    await user.click(screen.getByTestId("save-profile"));
    expect(await screen.findByText("All saved")).toBeVisible();
    expect(asked(host, "save_profile_text")).toMatchObject([{ text: value }]);
    expect(value).toContain('"mine": [1]');
  });

  test("with a fault names the line, can't be saved, and leaves the form alone", async () => {
    const { user } = await open();
    await tab(user, "JSON");
    await type(user, '"version": 1,', '"version": 1');
    expect(await screen.findByTestId("json-fault")).toHaveTextContent(/^Line 2, column 1: /u);
    expect(area()).toBeInvalid();
    expect(screen.getByTestId("save-profile")).toBeDisabled();
    await user.click(screen.getByRole("button", { name: "Go to the line" }));
    expect(area()).toHaveFocus();
    await tab(user, "Form");
    expect(screen.getByText(/The text has a fault/u)).toBeVisible();
    expect(await field("timeout_ms")).toBeDisabled();
    await user.click(screen.getByRole("button", { name: "Discard changes" }));
    expect(await field("timeout_ms")).toBeEnabled();
    expect(screen.queryByText(/The text has a fault/u)).toBeNull();
  });

  test("says which model serves, as the form has it", async () => {
    const { user, host } = await open();
    await user.click(await screen.findByText("Which model serves"));
    await user.type(screen.getByRole("combobox", { name: "Model for side jobs" }), "claude-haiku-4-5");
    await user.click(screen.getByRole("button", { name: "Add a rule" }));
    await user.type(await field("Rule 1: asked for"), "*opus*");
    await user.type(await field("Rule 1: serves"), "claude-opus-4-5");
    await user.click(screen.getByRole("checkbox", { name: "Always use temperature from here" }));
    await user.click(screen.getByTestId("save-profile"));
    expect(await screen.findByText("All saved")).toBeVisible();
    expect(host.world.profiles[0]).toMatchObject({
      models: { small: "claude-haiku-4-5", map: [{ asked: "*opus*", serves: "claude-opus-4-5" }] },
      always: ["temperature"],
    });
  });

  test("of a file that can't be read is shown with its fault, and mended", async () => {
    const host = rehearse("well");
    const whole = '{\n  "version": 1,\n  "provider": "openai",\n  "model": "gpt-5.2"\n}';
    host.world.broken = [{ name: "torn", text: whole.replace("1,", "1") }];
    const { user } = await openWindow(host, "profiles");
    await user.click(await screen.findByTestId("mend-torn"));
    expect(await screen.findByTestId("json-fault")).toHaveTextContent(/^Line 2/u);
    expect(screen.getByTestId("save-text")).toBeDisabled();
    await type(user, '"version": 1', '"version": 1,');
    await waitFor(() => {
      expect(screen.getByTestId("save-text")).toBeEnabled();
    });
    await user.click(screen.getByTestId("save-text"));
    expect(await screen.findByTestId("profile-torn")).toBeVisible();
    expect(screen.getByText("torn mended.")).toBeVisible();
  });
});

describe("a file that changed on disk meanwhile", () => {
  async function collide() {
    const opened = await open();
    await opened.user.type(await field("timeout_ms"), "30000");
    const [first] = opened.host.world.profiles;
    if (first) first.model = "claude-opus-4-5";
    await opened.user.click(screen.getByTestId("save-profile"));
    const conflict = within(await screen.findByTestId("conflict"));
    return { ...opened, conflict };
  }

  test("is shown beside the form's, and saving waits for the choice", async () => {
    const { conflict } = await collide();
    expect(conflict.getByText(/claude-opus-4-5/)).toBeVisible();
    expect(conflict.getByText(/"timeout_ms": 30000/)).toBeVisible();
    expect(screen.getByTestId("save-profile")).toBeDisabled();
  });

  test("is taken by Reload", async () => {
    const { conflict, user } = await collide();
    await user.click(conflict.getByRole("button", { name: "Reload" }));
    expect(screen.getByRole("combobox", { name: "Model" })).toHaveValue("claude-opus-4-5");
    expect(await field("timeout_ms")).toHaveValue("");
    expect(screen.queryByTestId("conflict")).toBeNull();
  });

  test("is replaced by Overwrite", async () => {
    const { conflict, user, host } = await collide();
    await user.click(conflict.getByRole("button", { name: "Overwrite" }));
    expect(await screen.findByText("All saved")).toBeVisible();
    expect(host.world.profiles[0]).toMatchObject({ model: "claude-sonnet-4-5-20250929", timeoutMs: 30_000 });
    expect(screen.queryByTestId("conflict")).toBeNull();
  });
});

describe("the key", () => {
  test("goes in once and is never shown again", async () => {
    const { user, host, container } = await open("needs-key");
    const input = await screen.findByTestId("key-input");
    expect(input).toHaveAttribute("type", "password");
    expect(screen.getByTestId("key-save")).toBeDisabled();
    await user.type(input, " sk-not-a-real-key-4711 ");
    await user.click(screen.getByTestId("key-save"));
    expect(asked(host, "set_key")).toEqual([{ profile: "anthropic-primary", key: "sk-not-a-real-key-4711" }]);
    expect(await screen.findByTestId("credential")).toHaveTextContent("key kept by Mainstay, ends in 4711");
    expect(screen.queryByTestId("key-input")).toBeNull();
    expect(container.innerHTML).not.toContain("sk-not-a-real-key");
  });

  test("is replaced, and a refusal keeps the field", async () => {
    const { user, host } = await open();
    await user.click(await screen.findByTestId("key-replace"));
    await user.type(screen.getByTestId("key-input"), "sk-new-0815");
    host.refuse("set_key", refusal("keyring_unavailable"));
    await user.click(screen.getByTestId("key-save"));
    expect(await screen.findByRole("alert")).toHaveTextContent("The disk is full.");
    await user.click(screen.getByTestId("key-save"));
    expect(await screen.findByTestId("credential")).toHaveTextContent("ends in 0815");
  });

  test("goes to an address that is not its provider's only when the user says so", async () => {
    const host = rehearse("well");
    const player = host.world.profiles.find(({ name }) => name === "anthropic-primary");
    if (!player) throw new Error("the case has that profile");
    player.credential = { ...player.credential, usable: false, problem: "credential_origin_unconfirmed" };
    const { user } = await openWindow(host, "profiles");
    await user.click(await screen.findByRole("button", { name: "Send the key there" }));
    expect(asked(host, "confirm_origin")).toEqual([
      { name: "anthropic-primary", fingerprint: expect.any(String) as string },
    ]);
    await waitFor(() => {
      expect(screen.queryByTestId("confirm-origin")).toBeNull();
    });
  });

  test("is forgotten only when asked twice: there is no way back", async () => {
    const { user, host } = await open();
    await user.click(await screen.findByTestId("key-forget"));
    expect(asked(host, "delete_key")).toEqual([]);
    await user.click(screen.getByTestId("key-forget-now"));
    expect(asked(host, "delete_key")).toEqual([{ name: "anthropic-primary" }]);
    expect(await screen.findByTestId("key-input")).toBeVisible();
  });
});

describe("a check", () => {
  test("says of address and key what came of each", async () => {
    const { user, host } = await open();
    const button = await screen.findByTestId("check-profile");
    expect(button).toHaveAccessibleDescription(/It costs nothing/);
    await user.click(button);
    const result = await screen.findByTestId("check-result");
    expect(result).toHaveTextContent("Addressthe address answersKeythe key is accepted");
    expect(asked(host, "check_member")).toEqual([
      { member: "anthropic-primary", what: "address" },
      { member: "anthropic-primary", what: "key" },
    ]);
    expect(asked(host, "test_profile")).toEqual([]);
  });

  test("of a profile without a key says what to do", async () => {
    const { user } = await open("needs-key");
    await user.click(await screen.findByTestId("check-profile"));
    expect(await screen.findByText(/can’t be tried/)).toBeVisible();
  });
});

describe("a test", () => {
  test("says beforehand what it costs", async () => {
    const { user } = await open();
    expect(await screen.findByTestId("test-profile")).toHaveAccessibleDescription(
      "A test sends one tiny real request: at most 84 tokens, about $0.001.",
    );
    await user.type(await field("timeout_ms"), "1");
    expect(screen.getByTestId("test-profile")).toHaveAccessibleDescription(/as it is saved: at most 84 tokens/);
  });

  test("of a simulated provider costs nothing", async () => {
    await open("practice");
    expect(await screen.findByTestId("test-profile")).toHaveAccessibleDescription(/it costs nothing/);
  });

  test("shows the timing, the answer and the model", async () => {
    const { user } = await open();
    await user.click(await screen.findByTestId("test-profile"));
    const result = await screen.findByTestId("test-result");
    expect(result).toHaveAttribute("data-ok", "true");
    expect(result).toHaveTextContent("Answered in 640 ms.“pong”claude-sonnet-4-5-20250929");
  });

  test("shows the exact error and what to do", async () => {
    const { user } = await open("needs-key");
    await user.click(await screen.findByTestId("test-profile"));
    const result = await screen.findByTestId("test-result");
    expect(result).toHaveAttribute("data-ok", "false");
    expect(result).toHaveTextContent("There is no key for it.Give it a key, then test again.");
  });

  test("that the engine refuses says so in the same place", async () => {
    const { user, host } = await open();
    host.refuse("test_profile", refusal());
    await user.click(await screen.findByTestId("test-profile"));
    expect(await screen.findByTestId("test-result")).toHaveTextContent("The disk is full. Free some space.");
  });
});

describe("deleting", () => {
  const remove = async ({ user }: Awaited<ReturnType<typeof open>>, name: string) => {
    await user.click(await screen.findByRole("button", { name: `More for ${name}` }));
    await user.click(screen.getByRole("menuitem", { name: "Delete" }));
  };

  test("a profile that is listed is not, before it was said that it goes from there too", async () => {
    const opened = await open();
    await remove(opened, "anthropic-primary");
    expect(await screen.findByText(/is listed by ha-failover, ha-roundrobin and ha-weighted/)).toBeVisible();
    expect(asked(opened.host, "delete_profile")).toEqual([]);
  });

  test("one that nobody lists goes, and comes back by Undo", async () => {
    const opened = await open();
    act(() => {
      opened.host.world.balancers = [];
      opened.host.changed({ profilesChanged: true });
    });
    await waitFor(() => {
      expect(screen.getByTestId("profile-anthropic-primary")).not.toHaveTextContent("Listed by");
    });
    await remove(opened, "anthropic-primary");
    expect(await screen.findByText("anthropic-primary deleted.")).toBeVisible();
    expect(screen.queryByTestId("profile-anthropic-primary")).toBeNull();
    await opened.user.click(screen.getByRole("button", { name: "Undo" }));
    expect(await screen.findByTestId("profile-anthropic-primary")).toBeVisible();
  });
});

test("a profile without a credential can be logged in where its provider has a login", async () => {
  const { user } = await openWindow("needs-key", "profiles");
  await user.click(await screen.findByTestId("profile-anthropic-primary"));
  await user.click(await screen.findByTestId("log-in-instead"));
  expect(await screen.findByTestId("login-course")).toHaveTextContent(/Log in at Claude/u);
});
