import { screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { rehearse } from "../../host/rehearsal-cases.ts";
import { asked, openWindow } from "../../test-window.tsx";

const field = (name: string) => screen.getByRole("textbox", { name });

async function addOne() {
  const opened = await openWindow("well", "profiles");
  await opened.user.click(await screen.findByTestId("add-provider"));
  await screen.findByRole("form", { name: "Add a provider" });
  return opened;
}

describe("a provider of the user’s own", () => {
  test("is added with its format, address, key and models, and found again in the list", async () => {
    const { user, host } = await addOne();
    expect(field("Name")).toHaveFocus();
    await user.type(field("Name"), "house");
    await user.type(field("Name for people"), "Our house");
    await user.selectOptions(screen.getByRole("combobox", { name: "Format" }), "Anthropic Messages");
    expect(screen.getByRole("combobox", { name: "The key is sent in" })).toHaveValue("x-api-key");
    await user.type(field("Base URL"), "http://localhost:8080");
    await user.selectOptions(screen.getByRole("combobox", { name: "The key is sent in" }), "bearer");
    await user.type(field("Variables that may hold its key"), "HOUSE_KEY, OTHER_KEY");
    await user.click(screen.getByRole("button", { name: "Add a model" }));
    await user.type(field("Name of model 1"), "house-1");
    await user.type(field("Context of model 1, in tokens"), "32000");
    await user.click(screen.getByTestId("save-provider"));
    expect(await screen.findByText("Our house saved.")).toBeVisible();
    expect(asked(host, "add_provider")).toEqual([
      {
        name: "house",
        title: "Our house",
        dialect: "anthropic",
        baseUrl: "http://localhost:8080",
        needsKey: true,
        keyHeader: "bearer",
        variables: ["HOUSE_KEY", "OTHER_KEY"],
        models: [{ id: "house-1", contextWindow: 32_000, maxOutput: null }],
      },
    ]);
    expect(await screen.findByTestId("provider-house")).toHaveTextContent("http://localhost:8080");
  });

  test("is not saved until each field holds something that can be used", async () => {
    const { user, host } = await addOne();
    await user.type(field("Name"), "openai");
    await user.type(field("Base URL"), "localhost:8080");
    await user.type(field("Variables that may hold its key"), "NOT OK");
    await user.click(screen.getByRole("button", { name: "Add a model" }));
    await user.click(screen.getByTestId("save-provider"));
    expect(field("Name")).toHaveAccessibleDescription("There is a provider of this name already.");
    expect(field("Base URL")).toHaveAccessibleDescription("An address begins with https:// or http://.");
    expect(field("Variables that may hold its key")).toHaveAccessibleDescription(/Letters, digits/);
    expect(field("Name of model 1")).toHaveAccessibleDescription(/Give the model its name/);
    expect(asked(host, "add_provider")).toEqual([]);
  });

  test("is made on the way to a profile, which then has it; what was typed there stays", async () => {
    const { user } = await openWindow("well", "profiles");
    await user.click(await screen.findByTestId("new-profile"));
    await user.type(field("Name"), "mine");
    await user.click(screen.getByTestId("add-provider-here"));
    const form = within(await screen.findByRole("form", { name: "Add a provider" }));
    await user.type(form.getByRole("textbox", { name: "Name" }), "house");
    await user.type(form.getByRole("textbox", { name: "Base URL" }), "http://localhost:8080/v1");
    await user.click(form.getByTestId("save-provider"));
    const profile = within(await screen.findByRole("form", { name: "New profile" }));
    await waitFor(() => {
      expect(profile.getByRole("combobox", { name: "Provider" })).toHaveValue("house");
    });
    expect(profile.getByRole("textbox", { name: "Name" })).toHaveValue("mine");
    expect(profile.getByTestId("provider-facts")).toHaveTextContent(
      "OpenAI Chat Completions, at http://localhost:8080/v1",
    );
  });

  test("is changed and removed, but not while a profile uses it", async () => {
    const host = rehearse("well");
    const draft = { title: "House", dialect: "openai-chat", baseUrl: "http://localhost:8080/v1", needsKey: false };
    await host.perform("add_provider", { name: "house", ...draft, variables: [], models: [] });
    const profile = host.world.profiles[2];
    if (profile) profile.provider = "house";
    const { user } = await openWindow(host, "profiles");
    await user.click(await screen.findByTestId("provider-house"));
    expect(screen.getByRole("radio", { name: "Needs none" })).toBeChecked();
    await user.clear(field("Base URL"));
    await user.type(field("Base URL"), "http://localhost:9090/v1");
    // A look at a profile loses nothing.
    await user.click(screen.getByTestId("profile-openai-backup"));
    expect(screen.getByTestId("provider-house")).toHaveTextContent("Unsaved changes");
    await user.click(screen.getByTestId("provider-house"));
    await user.click(screen.getByTestId("save-provider"));
    expect(await screen.findByText("House saved.")).toBeVisible();
    expect(asked(host, "add_provider").at(-1)).toMatchObject({ name: "house", baseUrl: "http://localhost:9090/v1" });

    await user.click(screen.getByTestId("provider-house"));
    await user.click(screen.getByTestId("remove-provider"));
    expect(screen.getByRole("button", { name: "Keep it" })).toHaveFocus();
    await user.click(screen.getByTestId("remove-provider-now"));
    expect(await screen.findByText(/house is the provider of gemini-fallback/)).toBeVisible();
    if (profile) profile.provider = "gemini";
    await user.click(screen.getByTestId("remove-provider"));
    await user.click(screen.getByTestId("remove-provider-now"));
    expect(await screen.findByText("House removed.")).toBeVisible();
    expect(screen.queryByTestId("provider-house")).toBeNull();
  });
});

test("what is known of a provider stands where it is chosen", async () => {
  const { user } = await openWindow("well", "profiles");
  await user.click(await screen.findByTestId("profile-gemini-fallback"));
  const facts = within(await screen.findByRole("form", { name: "gemini-fallback" })).getByTestId("provider-facts");
  expect(facts).toHaveTextContent("Free tier, fast");
  expect(facts).toHaveTextContent("Occasional quality variance");
  expect(facts).toHaveTextContent("Some use is free");
  expect(facts).toHaveTextContent("May use prompts for training: its free tier");
});

describe("the provider’s own list of models", () => {
  test("is fetched by a profile that can call it, and can be chosen from", async () => {
    const { user, host } = await openWindow("well", "profiles");
    const form = within(await screen.findByRole("form", { name: "anthropic-primary" }));
    await user.click(form.getByTestId("fetch-models"));
    expect(asked(host, "fetch_models")).toEqual([{ name: "anthropic-primary" }]);
    expect(await form.findByText(/4 fetched from https:\/\/api\.anthropic\.com/)).toBeVisible();
    const model = form.getByRole("combobox", { name: "Model" });
    await user.clear(model);
    await user.type(model, "preview");
    await user.click(form.getByRole("option", { name: /anthropic-preview-2026-11.*fetched/ }));
    expect(model).toHaveValue("anthropic-preview-2026-11");
  });

  test("waits for a profile that has what it needs", async () => {
    const { host } = await openWindow("needs-key", "profiles");
    const form = within(await screen.findByRole("form", { name: "anthropic-primary" }));
    expect(form.queryByTestId("fetch-models")).toBeNull();
    expect(form.getByText(/once a profile of Anthropic is saved/)).toBeVisible();
    expect(asked(host, "fetch_models")).toEqual([]);
  });
});

test("axe finds no fault in the form of a provider", async () => {
  const { user } = await addOne();
  await user.click(screen.getByRole("button", { name: "Add a model" }));
  await user.click(screen.getByTestId("save-provider"));
  const { violations } = await axe.run(screen.getByRole("form", { name: "Add a provider" }), {
    rules: { "color-contrast": { enabled: false } },
  });
  expect(violations).toEqual([]);
});
