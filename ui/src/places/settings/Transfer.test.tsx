import { screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { HostError } from "../../host/host.ts";
import { rehearse } from "../../host/rehearsal-cases.ts";
import type { Rehearsal } from "../../host/rehearsal.ts";
import { asked, openWindow } from "../../test-window.tsx";

const place = () => within(screen.getByRole("main", { name: "Settings" }));

async function openSection(of?: Rehearsal) {
  const view = await openWindow(of, "settings");
  await view.user.click(place().getByRole("tab", { name: "Import and export" }));
  return view;
}

describe("Export", () => {
  test("says what is never in it, then where it was written and what was left out", async () => {
    const { user, host } = await openSection();
    expect(place().getByText(/Never in it: keys, logins, tokens/)).toBeVisible();
    expect(asked(host, "export_archive")).toEqual([]);
    await user.click(place().getByTestId("export-archive"));
    const written = within(await place().findByTestId("archive-written"));
    expect(written.getByText(/6 profiles and load balancers, written to/)).toBeVisible();
    expect(written.getByText("openai-backup: ephemeralSettings.custom-headers.x-team")).toBeVisible();
    await user.click(written.getByRole("button", { name: "Copy path" }));
    expect(host.clipboard).toEqual([expect.stringMatching(/profiles-.*\.zip$/)]);
  });

  test("says why nothing was written", async () => {
    const { user, host } = await openSection();
    host.refuse("export_archive", new HostError("data_folder", "The disk is full.", "Free some space."));
    await user.click(place().getByTestId("export-archive"));
    expect(await place().findByRole("alert")).toHaveTextContent("The disk is full. Free some space.");
  });
});

describe("Import", () => {
  async function look(of?: Rehearsal) {
    const view = await openSection(of);
    await view.user.type(place().getByRole("textbox", { name: "Where the file lies" }), " ~/a.zip ");
    await view.user.click(place().getByTestId("look-at-archive"));
    await place().findByTestId("import-preview");
    return view;
  }
  const row = (name: string) => within(place().getByTestId(`import-${name}`));

  test("shows of each file how it stands to what is here, and writes nothing", async () => {
    const { host } = await look();
    expect(asked(host, "preview_import")).toEqual([{ path: "~/a.zip" }]);
    expect(row("anthropic-primary").getByText("The same here")).toBeVisible();
    expect(row("anthropic-primary").queryByRole("radio")).toBeNull();
    expect(row("groq-fast").getByText("https://eu.groq.example/openai/v1")).toBeVisible();
    expect(row("groq-fast").getByText("the variable GROQ_API_KEY")).toBeVisible();
    expect(row("groq-fast").getByText("http://proxy.example:3128")).toBeVisible();
    expect(row("openai-backup").getByText("model gpt-5.2 becomes gpt-5-mini")).toBeVisible();
    expect(row("torn").getByText("it is not JSON")).toBeVisible();
    expect(place().getByText("groq-fast: ephemeralSettings.auth-key")).toBeVisible();
    expect(asked(host, "import_archive")).toEqual([]);
  });

  test("adds what is new and keeps what is here unless told otherwise; Undo takes it back", async () => {
    const { user, host } = await look();
    expect(row("groq-fast").getByRole("radio", { name: "Add" })).toBeChecked();
    expect(row("openai-backup").getByRole("radio", { name: "Keep mine" })).toBeChecked();
    await user.click(place().getByTestId("import-setting-retention"));
    expect(place().getByTestId("import-setting-active")).toBeDisabled();
    await user.click(place().getByRole("button", { name: "Import 1 profile or load balancer and 1 setting" }));
    const result = within(await place().findByTestId("import-result"));
    expect(result.getByRole("heading", { name: "Imported" })).toHaveFocus();
    expect(asked(host, "import_archive")).toEqual([
      { path: "~/a.zip", fingerprint: "first", files: ["groq-fast"], names: {}, preferences: ["retention"] },
    ]);
    await user.click(result.getByTestId("import-undo"));
    await waitFor(() => {
      expect(asked(host, "undo")).toHaveLength(1);
    });
    expect(host.world.profiles.map(({ name }) => name)).not.toContain("groq-fast");
    expect(await place().findByTestId("look-at-archive")).toBeVisible();
  });

  test("keeps both under a name that is free", async () => {
    const { user, host } = await look();
    await user.click(row("groq-fast").getByRole("radio", { name: "Leave out" }));
    await user.click(row("openai-backup").getByRole("radio", { name: "Keep both" }));
    const name = row("openai-backup").getByRole("textbox", { name: "Name for the other openai-backup" });
    expect(name).toHaveValue("openai-backup imported");
    await user.clear(name);
    await user.type(name, "gemini-fallback");
    await user.click(place().getByTestId("import-now"));
    expect(name).toHaveAccessibleDescription("There is one of this name already.");
    expect(asked(host, "import_archive")).toEqual([]);
    await user.clear(name);
    await user.type(name, "openai-work");
    await user.click(place().getByTestId("import-now"));
    await place().findByTestId("import-result");
    expect(asked(host, "import_archive")).toMatchObject([
      { files: ["openai-backup"], names: { "openai-backup": "openai-work" } },
    ]);
    expect(host.world.profiles.map((each) => each.name)).toEqual(
      expect.arrayContaining(["openai-backup", "openai-work"]),
    );
  });

  test("of a file that was changed meanwhile writes nothing and shows what it holds now", async () => {
    const { user, host } = await look();
    host.world.archive = "second";
    await user.click(row("openai-backup").getByRole("radio", { name: "Replace mine" }));
    await user.click(place().getByTestId("import-now"));
    expect(await place().findByText("The file was changed since you looked at it.")).toBeVisible();
    expect(asked(host, "preview_import")).toHaveLength(2);
    expect(row("openai-backup").getByRole("radio", { name: "Keep mine" })).toBeChecked();
    await user.click(place().getByTestId("import-now"));
    await place().findByTestId("import-result");
    expect(asked(host, "import_archive").at(-1)).toMatchObject({ fingerprint: "second", files: ["groq-fast"] });
  });

  test("says at the field why a file can’t be read, and asks for nothing with an empty one", async () => {
    const { user, host } = await openSection();
    const path = place().getByRole("textbox", { name: "Where the file lies" });
    await user.click(place().getByTestId("look-at-archive"));
    expect(path).toHaveAccessibleDescription("Say where the file lies.");
    expect(asked(host, "preview_import")).toEqual([]);
    await user.type(path, "~/nowhere{Enter}");
    await waitFor(() => {
      expect(path).toHaveAccessibleDescription(/there is no such file\. Check the path\./);
    });
  });

  test("can have nothing chosen", async () => {
    const { user, host } = await look();
    await user.click(row("groq-fast").getByRole("radio", { name: "Leave out" }));
    expect(place().getByTestId("import-now")).toHaveTextContent("Nothing is chosen");
    await user.click(place().getByTestId("import-now"));
    expect(asked(host, "import_archive")).toEqual([]);
  });
});

describe("Keys on this machine", () => {
  test("are looked for only when asked, shown by their end and their host, and kept for whom is chosen", async () => {
    const { user, host } = await openSection(rehearse("needs-key"));
    expect(asked(host, "find_keys")).toEqual([]);
    await user.click(place().getByTestId("find-in-environment"));
    const found = within(await place().findByTestId("found-keys"));
    expect(asked(host, "find_keys")).toEqual([{ file: null }]);
    expect(found.getByText("ends in 9fQ2")).toBeVisible();
    expect(found.getByText("Goes to api.openai.com")).toBeVisible();
    // Two variables hold a key of the same provider: one is taken, and the other takes its place.
    const gemini = found.getByRole("checkbox", { name: "Take GEMINI_API_KEY" });
    const google = found.getByRole("checkbox", { name: "Take GOOGLE_API_KEY" });
    expect(gemini).toBeChecked();
    expect(google).not.toBeChecked();
    await user.click(google);
    expect(gemini).not.toBeChecked();
    await user.selectOptions(found.getByRole("combobox", { name: "Whom OPENAI_API_KEY is for" }), "Only openai-backup");
    await user.click(found.getByRole("button", { name: "Keep 2 keys" }));
    const kept = within(await place().findByTestId("kept-keys"));
    expect(asked(host, "import_keys")).toEqual([
      {
        keys: [
          { variable: "OPENAI_API_KEY", provider: null, profile: "openai-backup" },
          { variable: "GOOGLE_API_KEY", provider: "gemini", profile: null },
        ],
      },
    ]);
    expect(kept.getByText(/OPENAI_API_KEY is kept for openai-backup/)).toBeVisible();
    expect(kept.getByText(/GOOGLE_API_KEY is kept for Google Gemini/)).toBeVisible();
  });

  test("are not taken by themselves where nobody needs one", async () => {
    const { user } = await openSection();
    await user.click(place().getByTestId("find-in-environment"));
    const found = within(await place().findByTestId("found-keys"));
    expect(found.getAllByRole("checkbox").filter((box) => (box as HTMLInputElement).checked)).toEqual([]);
    expect(found.getByTestId("keep-keys")).toHaveTextContent("Choose a key");
  });

  test("come from a file too, and a file that is not there is told at its field", async () => {
    const { user, host } = await openSection(rehearse("needs-key"));
    const path = place().getByRole("textbox", { name: "A .env file" });
    await user.type(path, "~/nowhere{Enter}");
    await waitFor(() => {
      expect(path).toHaveAccessibleDescription(/there is no such file/);
    });
    await user.clear(path);
    await user.type(path, "~/work/.env{Enter}");
    await place().findByTestId("found-keys");
    expect(place().getByText("In ~/work/.env")).toBeVisible();
    await user.click(place().getByTestId("keep-keys"));
    await place().findByTestId("kept-keys");
    expect(asked(host, "import_keys")).toMatchObject([{ file: "~/work/.env" }]);
  });
});

test("axe finds no fault with all of it open", async () => {
  const { user, container } = await openSection(rehearse("needs-key"));
  await user.click(place().getByTestId("export-archive"));
  await user.click(place().getByTestId("find-in-environment"));
  await user.type(place().getByRole("textbox", { name: "Where the file lies" }), "~/a.zip{Enter}");
  await place().findByTestId("import-preview");
  await user.click(place().getByRole("radio", { name: "Keep both" }));
  await place().findByTestId("found-keys");
  const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
  expect(violations).toEqual([]);
});
