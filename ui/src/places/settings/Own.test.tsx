import { act, screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { rehearse } from "../../host/rehearsal-cases.ts";
import { asked, openWindow } from "../../test-window.tsx";

const place = () => within(screen.getByRole("main", { name: "Settings" }));

async function openSection(section: "Gateway" | "Privacy" | "Logs" | "About", of = rehearse("well")) {
  const view = await openWindow(of, "settings");
  await view.user.click(await place().findByRole("tab", { name: section }));
  return view;
}

test.each(["Privacy", "Logs", "About"] as const)("axe finds no fault in %s", async (section) => {
  const { container } = await openSection(section);
  await place().findByRole("tabpanel", { name: section });
  const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
  expect(violations).toEqual([]);
});

describe("the port", () => {
  const field = () => place().findByTestId("port");

  test("counts from the next start on, and says which tools must follow", async () => {
    const { user } = await openSection("Gateway");
    await user.clear(await field());
    await user.type(await field(), "5000");
    await user.click(place().getByTestId("save-port"));
    const next = await place().findByTestId("port-next");
    expect(next).toHaveTextContent("Port 5000 from the next start on.");
    expect(next).toHaveTextContent(/Claude Code: take the lines with this address out of ~\/\.claude\/settings\.json/u);
    await user.click(within(next).getByRole("button", { name: "Stay at the present one" }));
    await waitFor(() => {
      expect(place().queryByTestId("port-next")).toBeNull();
    });
  });

  test("that is taken is refused with who holds it, and which one is free", async () => {
    const { user, host } = await openSection("Gateway");
    await user.clear(await field());
    await user.type(await field(), "80");
    expect(await field()).toHaveAccessibleDescription("A whole number from 1024 to 65535.");
    await user.click(place().getByTestId("save-port"));
    expect(asked(host, "set_port")).toEqual([]);
    await user.clear(await field());
    await user.type(await field(), "5173");
    await user.click(place().getByTestId("save-port"));
    expect(await place().findByRole("alert")).toHaveTextContent(/in use by node \(process 4711\).*5174 is free/u);
  });
});

describe("what is stored", () => {
  test("is listed with where it is called, and goes only after a question that says what stays", async () => {
    const { user, host } = await openSection("Privacy");
    expect(await place().findByText("Keys and logins, encrypted")).toBeVisible();
    expect(place().getByText("https://api.anthropic.com")).toBeVisible();
    await user.click(place().getByTestId("remove-data"));
    const question = within(place().getByTestId("remove-question"));
    expect(question.getByText(/Everything in ~\/\.local\/share\/mainstay/u)).toBeVisible();
    expect(question.getByText(/Your profiles in ~\/\.llxprt\/profiles/u)).toBeVisible();
    expect(question.getByText(/settings\.json/u)).toBeVisible();
    expect(question.getByRole("button", { name: "Keep it" })).toHaveFocus();
    expect(asked(host, "remove_own_data")).toEqual([]);
    await user.click(place().getByTestId("remove-data-now"));
    expect(await place().findByTestId("removed")).toHaveTextContent(/close it now/u);
    expect(asked(host, "remove_own_data")).toEqual([{ sure: "remove" }]);
  });
});

describe("the log", () => {
  const lines = () => within(place().getByTestId("log-lines")).queryAllByRole("listitem");

  test("is shown by level and word, and followed", async () => {
    const { user, host } = await openSection("Logs");
    await waitFor(() => {
      expect(lines()).toHaveLength(3);
    });
    act(() => {
      host.own.lines.push({ at: host.world.now, level: "info", text: "it said more" });
    });
    await waitFor(
      () => {
        expect(lines()).toHaveLength(4);
      },
      { timeout: 5000 },
    );
    await user.selectOptions(place().getByRole("combobox", { name: "Level" }), "Errors");
    await waitFor(() => {
      expect(lines().map((line) => line.textContent)).toEqual([expect.stringMatching(/Error.*the disk is full/u)]);
    });
    await user.type(place().getByRole("searchbox", { name: "Search the log" }), "nonsense");
    expect(await place().findByText("The log has no such line.")).toBeVisible();
  });

  test("has diagnostics that are seen before they are given to anyone", async () => {
    const { user, host } = await openSection("Logs");
    await user.click(await place().findByTestId("show-diagnostics"));
    expect(await place().findByTestId("diagnostics")).toHaveTextContent(/Mainstay 0\.1\.0/u);
    await user.click(place().getByTestId("copy-diagnostics"));
    await waitFor(() => {
      expect(host.clipboard.at(-1)).toMatch(/Active: ha-failover/u);
    });
  });
});

test("works by others are named with their licences", async () => {
  const { user } = await openSection("About");
  await user.click(await place().findByTestId("show-libraries"));
  const list = within(await place().findByRole("region", { name: "Libraries and their licences" }));
  expect(list.getByRole("row", { name: /^react 19[.\d]+ MIT$/u })).toBeVisible();
  expect(list.getByRole("row", { name: /^tokio / })).toBeVisible();
});

test("help opens the page of the guide that speaks of the place, with ways to the others", async () => {
  const { user } = await openWindow("well", "profiles");
  await user.click(screen.getByRole("button", { name: "Help for Profiles" }));
  const guide = within(await screen.findByTestId("guide"));
  expect(await guide.findByRole("heading", { name: "Every key of a profile" })).toBeVisible();
  await user.click(guide.getByRole("button", { name: "Accounts" }));
  expect(await guide.findByRole("heading", { name: "Accounts" })).toBeVisible();
  await user.keyboard("{Escape}");
  expect(screen.queryByTestId("guide")).toBeNull();
});
