import { screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { rehearse } from "../../host/rehearsal-cases.ts";
import type { Rehearsal } from "../../host/rehearsal.ts";
import { asked, openWindow, refusal } from "../../test-window.tsx";

const place = () => within(screen.getByRole("main", { name: "Settings" }));

async function openGateway(of: Rehearsal = rehearse("well")) {
  const view = await openWindow(of, "settings");
  await view.user.click(place().getByRole("tab", { name: "Gateway" }));
  await place().findByTestId("make-token");
  return view;
}

const faults = async (container: HTMLElement) =>
  (await axe.run(container, { rules: { "color-contrast": { enabled: false } } })).violations;

test("address and first token are copied, and the token is not on the page", async () => {
  const { user, host, container } = await openGateway();
  await user.click(place().getByRole("button", { name: "Copy address" }));
  await user.click(place().getByRole("button", { name: "Copy first token" }));
  expect(host.clipboard).toEqual(["http://127.0.0.1:4117", "the gateway's token"]);
  expect(place().queryByTestId("made-token")).toBeNull();
  expect(await faults(container)).toEqual([]);
});

describe("tokens", () => {
  test("a token is shown once, copied, and gone when the user says so", async () => {
    const { user, host, container } = await openGateway();
    await user.type(place().getByRole("textbox", { name: "Tool" }), " codex ");
    await user.click(place().getByRole("button", { name: "Make token" }));
    const shown = within(await place().findByRole("group", { name: "Token of codex" }));
    expect(shown.getByText("mst_rehearsed-codex")).toBeVisible();
    expect(shown.getByRole("button", { name: "Copy token" })).toHaveFocus();
    expect(await faults(container)).toEqual([]);
    await user.click(shown.getByRole("button", { name: "Copy token" }));
    expect(host.clipboard).toEqual(["mst_rehearsed-codex"]);
    await user.click(shown.getByRole("button", { name: "It is in its place" }));
    expect(container.innerHTML).not.toContain("mst_");
    expect(asked(host, "make_token")).toEqual([{ name: "codex" }]);
    expect(place().getByText(/never used/)).toBeVisible();
  });

  test("revoking asks once more, and the token stays in the list as revoked", async () => {
    const host = rehearse("well");
    host.door.make("codex", host.world.now);
    const { user } = await openGateway(host);
    await user.click(await place().findByRole("button", { name: "Revoke the token of codex" }));
    await user.click(place().getByRole("button", { name: "Keep it" }));
    expect(asked(host, "revoke_token")).toEqual([]);
    await user.click(place().getByRole("button", { name: "Revoke the token of codex" }));
    expect(place().getByRole("button", { name: "Revoke it for good" })).toHaveFocus();
    await user.click(place().getByRole("button", { name: "Revoke it for good" }));
    expect(await place().findByText(/revoked \d/)).toBeVisible();
    expect(asked(host, "revoke_token")).toEqual([{ name: "codex" }]);
    expect(place().queryByRole("button", { name: "Revoke the token of codex" })).toBeNull();
  });

  test("a name that is taken is told at its field, another failure below it", async () => {
    const host = rehearse("well");
    host.door.make("codex", host.world.now);
    const { user } = await openGateway(host);
    const field = place().getByRole("textbox", { name: "Tool" });
    await user.type(field, "codex");
    await user.click(place().getByRole("button", { name: "Make token" }));
    await waitFor(() => {
      expect(field).toHaveAccessibleDescription(/There is a token for "codex" already/);
    });
    host.refuse("make_token", refusal());
    await user.type(field, "2");
    await user.click(place().getByRole("button", { name: "Make token" }));
    expect(await place().findByRole("alert")).toHaveTextContent("The disk is full. Free some space.");
    expect(field).toHaveValue("codex2");
  });
});

describe("lists", () => {
  test("hosts and origins are added and removed, each list leaving the other as it is", async () => {
    const { user, host } = await openGateway();
    await user.type(place().getByRole("textbox", { name: "Host" }), "box.internal{Enter}");
    expect(await place().findByRole("button", { name: "Remove box.internal" })).toBeVisible();
    await user.type(place().getByRole("textbox", { name: "Origin" }), "http://localhost:3000{Enter}");
    expect(await place().findByRole("button", { name: "Remove http://localhost:3000" })).toBeVisible();
    await user.click(place().getByRole("button", { name: "Remove box.internal" }));
    expect(await place().findByText("No other name is let in.")).toBeVisible();
    expect(asked(host, "set_door_lists")).toEqual([
      { hosts: ["box.internal"], origins: [] },
      { hosts: ["box.internal"], origins: ["http://localhost:3000"] },
      { hosts: [], origins: ["http://localhost:3000"] },
    ]);
  });

  test("an entry that can't be one is told at its field with what to write instead, and stays", async () => {
    const { user, container } = await openGateway();
    const [host, origin] = [
      place().getByRole("textbox", { name: "Host" }),
      place().getByRole("textbox", { name: "Origin" }),
    ];
    await user.type(host, "http://box.internal{Enter}");
    await waitFor(() => {
      expect(host).toHaveAccessibleDescription(/is an address, not a host\. Write it without http/);
    });
    await user.type(origin, "null{Enter}");
    await waitFor(() => {
      expect(origin).toHaveAccessibleDescription(/It can't be allowed\./);
    });
    expect([host, origin].map((field) => (field as HTMLInputElement).value)).toEqual(["http://box.internal", "null"]);
    expect(await faults(container)).toEqual([]);
  });

  test("what the run was started with is shown and can't be removed, and what is amiss is said", async () => {
    const host = rehearse("well");
    host.door.door.givenHosts = ["wsl.internal"];
    host.door.door.notices = [{ code: "door_file_broken", message: "door.json can't be read.", hint: "Make it anew." }];
    await openGateway(host);
    expect(place().getByText("wsl.internal")).toBeVisible();
    expect(place().queryByRole("button", { name: "Remove wsl.internal" })).toBeNull();
    expect(place().getByRole("note")).toHaveTextContent("door.json can't be read. Make it anew.");
  });
});
