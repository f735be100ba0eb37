import { screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { HostError } from "../../host/host.ts";
import { rehearse } from "../../host/rehearsal-cases.ts";
import type { Rehearsal } from "../../host/rehearsal.ts";
import { asked, openWindow, refusal } from "../../test-window.tsx";

const place = () => within(screen.getByRole("main", { name: "Settings" }));

/** Opens the place at a section. */
async function openSection(section: "Gateway" | "Network" | "History" | "Prices" | "Appearance", of?: Rehearsal) {
  const view = await openWindow(of, "settings");
  await view.user.click(place().getByRole("tab", { name: section }));
  return view;
}

const sections = ["Gateway", "Network", "History", "Prices", "Appearance"] as const;

test.each(sections)("axe finds no fault in %s", async (section) => {
  const { container } = await openSection(section);
  const panel = within(await place().findByRole("tabpanel", { name: section }));
  // All of them have something to choose, type or press once they know what there is.
  await waitFor(() => {
    const controls = ["button", "radio", "textbox"].flatMap((role) => panel.queryAllByRole(role));
    expect(controls).not.toEqual([]);
  });
  const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
  expect(violations).toEqual([]);
});

test("the sections are walked by the arrow keys", async () => {
  const { user } = await openSection("Network");
  await user.keyboard("{ArrowRight}");
  expect(place().getByRole("tab", { name: "History" })).toHaveFocus();
  expect(await place().findByText("Recording")).toBeVisible();
});

describe("Network", () => {
  const form = () => within(place().getByRole("form", { name: "Way out" }));

  test("says what is in use and who named it", async () => {
    const host = rehearse("well");
    Object.assign(host.world.network, {
      https: { address: "http://proxy.example:3128", from: "HTTPS_PROXY" },
      authorities: ["Example Corp Root"],
      overridden: ["caFile"],
      notices: [{ code: "ca_file_unusable", message: "The CA file is gone.", hint: "Choose another." }],
    });
    await openSection("Network", host);
    expect(await place().findByText("http://proxy.example:3128, from the variable HTTPS_PROXY")).toBeVisible();
    expect(place().getByText("no proxy")).toBeVisible();
    expect(place().getByText("the system’s, and of Example Corp Root")).toBeVisible();
    expect(place().getByText(/started with a CA file of its own/)).toBeVisible();
    expect(place().getByRole("note")).toHaveTextContent("The CA file is gone. Choose another.");
  });

  test("takes an address, exceptions and a CA file at once, and follows what is set", async () => {
    const { user, host } = await openSection("Network");
    await place().findByTestId("save-network");
    await user.click(form().getByRole("radio", { name: "This address" }));
    await user.type(form().getByRole("textbox", { name: "Proxy’s address" }), " http://proxy.example:3128 ");
    await user.click(form().getByRole("radio", { name: "These hosts" }));
    await user.type(form().getByRole("textbox", { name: "Reached without the proxy" }), "internal.example");
    await user.type(form().getByRole("textbox", { name: "CA file" }), "/etc/ca.pem");
    expect(form().getByText("Unsaved changes")).toBeVisible();
    await user.click(form().getByRole("button", { name: "Save" }));
    expect(await form().findByText("All saved")).toBeVisible();
    expect(asked(host, "set_network")).toEqual([
      { proxy: "http://proxy.example:3128", noProxy: "internal.example", caFile: "/etc/ca.pem" },
    ]);
    expect(place().getAllByText("http://proxy.example:3128, from these settings")).toHaveLength(2);

    await user.click(form().getByRole("radio", { name: "None" }));
    await user.click(form().getByRole("radio", { name: "As NO_PROXY says" }));
    await user.clear(form().getByRole("textbox", { name: "CA file" }));
    await user.click(form().getByRole("button", { name: "Save" }));
    await waitFor(() => {
      expect(asked(host, "set_network").at(-1)).toEqual({ proxy: "none", noProxy: null, caFile: null });
    });
  });

  test("an empty list of exceptions is one", async () => {
    const { user, host } = await openSection("Network");
    await place().findByTestId("save-network");
    await user.click(form().getByRole("radio", { name: "These hosts" }));
    await user.click(form().getByRole("button", { name: "Save" }));
    await waitFor(() => {
      expect(asked(host, "set_network")).toEqual([{ proxy: "system", noProxy: "", caFile: null }]);
    });
  });

  test.each([
    ["proxy_bad", "Proxy’s address"],
    ["ca_file_unusable", "CA file"],
  ])("a refusal for %s stands at its field, and what was typed stays", async (code, field) => {
    const { user, host } = await openSection("Network");
    await place().findByTestId("save-network");
    await user.click(form().getByRole("radio", { name: "This address" }));
    await user.type(form().getByRole("textbox", { name: "Proxy’s address" }), "ftp://x");
    host.refuse("set_network", new HostError(code, "That can’t be used.", "Write it otherwise."));
    await user.click(form().getByRole("button", { name: "Save" }));
    const box = form().getByRole("textbox", { name: field });
    await waitFor(() => {
      expect(box).toHaveAccessibleDescription("That can’t be used. Write it otherwise.");
    });
    expect(box).toBeInvalid();
    expect(form().getByRole("textbox", { name: "Proxy’s address" })).toHaveValue("ftp://x");
    await user.click(form().getByRole("button", { name: "Discard changes" }));
    expect(form().getByRole("radio", { name: "As the system says" })).toBeChecked();
  });

  test("an address is needed where one is chosen, and another failure is told in its place", async () => {
    const { user, host } = await openSection("Network");
    await place().findByTestId("save-network");
    await user.click(form().getByRole("radio", { name: "This address" }));
    await user.click(form().getByRole("button", { name: "Save" }));
    expect(form().getByRole("textbox", { name: "Proxy’s address" })).toHaveAccessibleDescription(
      "Give the proxy’s address.",
    );
    expect(asked(host, "set_network")).toEqual([]);
    await user.click(form().getByRole("radio", { name: "None" }));
    host.refuse("set_network", refusal());
    await user.click(form().getByRole("button", { name: "Save" }));
    expect(await form().findByRole("alert")).toHaveTextContent("The disk is full. Free some space.");
  });

  test("a proxy's password goes in and never comes out again", async () => {
    const host = rehearse("well");
    host.world.network.https = { address: "http://proxy.example:3128", from: "settings" };
    const { user, container } = await openSection("Network", host);
    const login = within(await place().findByRole("form", { name: "Login for a proxy" }));
    expect(login.getByRole("textbox", { name: "Address of the proxy" })).toHaveValue("http://proxy.example:3128");
    await user.type(login.getByRole("textbox", { name: "User name" }), "mia");
    const password = login.getByLabelText("Password");
    expect(password).toHaveAttribute("type", "password");
    host.refuse("set_proxy_login", refusal());
    await user.type(password, "hunter2{Enter}");
    expect(await login.findByRole("alert")).toHaveTextContent("The disk is full.");
    expect(password).toHaveValue("");
    await user.type(password, "hunter2{Enter}");
    expect(
      await place().findByRole("button", { name: "Forget the login for http://proxy.example:3128" }),
    ).toBeVisible();
    expect(asked(host, "set_proxy_login").at(-1)).toEqual({
      proxy: "http://proxy.example:3128",
      user: "mia",
      password: "hunter2",
    });
    expect(password).toHaveValue("");
    expect(container.innerHTML).not.toContain("hunter2");

    await user.click(place().getByRole("button", { name: "Forget the login for http://proxy.example:3128" }));
    await user.click(place().getByRole("button", { name: "Forget it for good" }));
    expect(await place().findByText("None is kept.")).toBeVisible();
    expect(asked(host, "delete_proxy_login")).toEqual([{ proxy: "http://proxy.example:3128" }]);
  });

  test("what was typed survives a look at another section and place", async () => {
    const { user } = await openSection("Network");
    await place().findByTestId("save-network");
    await user.type(form().getByRole("textbox", { name: "CA file" }), "/etc/ca.pem");
    await user.click(place().getByRole("tab", { name: "Prices" }));
    await user.click(screen.getByTestId("nav-live"));
    await user.click(screen.getByTestId("nav-settings"));
    await user.click(place().getByRole("tab", { name: "Network" }));
    expect(form().getByRole("textbox", { name: "CA file" })).toHaveValue("/etc/ca.pem");
  });
});

describe("History", () => {
  test("says how it stands and what is never stored", async () => {
    await openSection("History");
    expect(await place().findByText("Recording")).toBeVisible();
    expect(place().getByText("4.0 KiB")).toBeVisible();
    expect(place().getByText("~/.local/share/mainstay/history.db")).toBeVisible();
    expect(place().getByText(/Nothing of what was asked or answered/)).toBeVisible();
  });

  test("says what is amiss", async () => {
    const host = rehearse("well");
    host.world.history = { code: "history_disk_full", message: "The disk is full.", hint: "Free some space." };
    await openSection("History", host);
    expect(await place().findByRole("note")).toHaveTextContent("The disk is full. Free some space.");
    expect(place().getByText("Not recording")).toBeVisible();
  });

  test("is kept as long as is set, within bounds", async () => {
    const { user, host } = await openSection("History");
    const days = await place().findByRole("textbox", { name: "Days" });
    const save = () => place().getByTestId("save-retention");
    await user.clear(days);
    await user.type(days, "4000");
    expect(days).toHaveAccessibleDescription("A whole number from 1 to 3,650.");
    await user.click(save());
    expect(asked(host, "set_retention")).toEqual([]);
    await user.clear(days);
    await user.type(days, "30");
    await user.click(save());
    await waitFor(() => {
      expect(asked(host, "set_retention")).toEqual([{ days: 30, mebibytes: 512 }]);
    });
    expect(await screen.findByText("The history is kept so long from now on.")).toBeVisible();
  });

  test("is deleted only after a second word, everywhere in the window, and can be kept", async () => {
    const { user, host } = await openSection("History");
    expect(screen.getAllByTestId(/^exchange-/)).toHaveLength(8);
    await user.click(await place().findByRole("button", { name: "Delete now" }));
    expect(place().getByRole("button", { name: "Keep it" })).toHaveFocus();
    await user.keyboard("{Enter}");
    await waitFor(() => {
      expect(place().getByRole("button", { name: "Delete now" })).toHaveFocus();
    });
    expect(asked(host, "delete_history")).toEqual([]);

    await user.keyboard("{Enter}");
    await user.click(place().getByRole("button", { name: "Delete all of it for good" }));
    expect(await screen.findByText("The history is deleted.")).toBeVisible();
    expect(asked(host, "delete_history")).toEqual([{}]);
    expect(screen.queryAllByTestId(/^exchange-/)).toHaveLength(0);
    expect(place().getByText("none yet")).toBeVisible();
  });

  test("that could not be deleted says why", async () => {
    const { user, host } = await openSection("History");
    host.refuse("delete_history", refusal());
    await user.click(await place().findByRole("button", { name: "Delete now" }));
    await user.click(place().getByRole("button", { name: "Delete all of it for good" }));
    expect(await place().findByRole("alert")).toHaveTextContent("The disk is full.");
    expect(screen.getAllByTestId(/^exchange-/)).toHaveLength(8);
  });
});

describe("Prices", () => {
  const line = (model: string) =>
    within(place().getByRole("row", { name: new RegExp(model) }))
      .getAllByRole("cell")
      .map((cell) => cell.textContent);

  test("are the catalogue's, included, or not known", async () => {
    await openSection("Prices");
    await place().findByRole("row", { name: /gpt-5.2/ });
    expect(line("gpt-5.2")).toEqual(["$1.75", "$14.00", "$0.175", "as input", "catalogue", "Change"]);
    expect(line("gemini-2.5-flash")[4]).toBe("free tier: included");
    expect(line("llama-4-maverick").slice(0, 5)).toEqual(Array.from({ length: 5 }, () => "not known"));
  });

  test("are found by provider or model", async () => {
    const { user } = await openSection("Prices");
    await place().findByRole("row", { name: /gpt-5.2/ });
    const search = place().getByRole("searchbox", { name: "Search" });
    await user.type(search, "google");
    expect(place().getByRole("row", { name: /gemini-2.5-flash/ })).toBeVisible();
    expect(place().queryByRole("row", { name: /gpt-5.2/ })).toBeNull();
    await user.type(search, "x");
    expect(place().getByText("No model matches.")).toBeVisible();
  });

  test("are set by the user, and taken back", async () => {
    const { user, host } = await openSection("Prices");
    await user.click(await place().findByRole("button", { name: "Change the price of gpt-5.2, OpenAI" }));
    const form = within(place().getByRole("form", { name: "Price of gpt-5.2, OpenAI" }));
    const input = form.getByRole("textbox", { name: "Input" });
    expect(input).toHaveFocus();
    await user.clear(input);
    await user.type(input, "one");
    await user.click(form.getByRole("button", { name: "Save" }));
    expect(input).toHaveAccessibleDescription("A number from 0 to 100,000.");
    await user.clear(input);
    await user.type(input, "1.5");
    await user.clear(form.getByRole("textbox", { name: "Cached input" }));
    await user.click(form.getByRole("button", { name: "Save" }));
    await waitFor(() => {
      expect(line("gpt-5.2").slice(0, 5)).toEqual(["$1.50", "$14.00", "as input", "as input", "your own"]);
    });
    expect(asked(host, "set_price")).toEqual([
      { provider: "openai", model: "gpt-5.2", price: { input: 1.5, output: 14, cachedInput: null, cacheWrite: null } },
    ]);
    await waitFor(() => {
      expect(place().getByRole("button", { name: "Change the price of gpt-5.2, OpenAI" })).toHaveFocus();
    });

    await user.keyboard("{Enter}");
    await user.click(place().getByRole("button", { name: "Back to the catalogue’s" }));
    await waitFor(() => {
      expect(line("gpt-5.2")[4]).toBe("catalogue");
    });
    expect(asked(host, "set_price").at(-1)).toEqual({ provider: "openai", model: "gpt-5.2", price: null });
  });

  test("that were refused stay in the form, with the reason", async () => {
    const { user, host } = await openSection("Prices");
    host.refuse("set_price", refusal("prices_unusable"));
    await user.click(await place().findByRole("button", { name: "Change the price of gpt-5.2, OpenAI" }));
    await user.click(place().getByRole("button", { name: "Save" }));
    expect(await place().findByRole("alert")).toHaveTextContent("The disk is full.");
    expect(place().getByRole("form", { name: "Price of gpt-5.2, OpenAI" })).toBeVisible();
  });
});

test("the appearance is one, wherever it is switched", async () => {
  const { user } = await openSection("Appearance");
  const [first, second] = screen.getAllByRole("group", { name: "Appearance" });
  if (!first || !second) throw new Error("there are two");
  await user.click(within(second).getByRole("radio", { name: "Dark" }));
  expect(within(first).getByRole("radio", { name: "Dark" })).toBeChecked();
  expect(document.documentElement).toHaveAttribute("data-theme", "dark");
});
