import { screen, within } from "@testing-library/react";
import axe from "axe-core";
import { expect, test } from "vitest";
import { exchangeBy } from "../../host/rehearsal-cases.ts";
import { openWindow } from "../../test-window.tsx";
import { tools } from "./tools.ts";

test("the command that touches no file is copied as it stands", async () => {
  const { host, user } = await openWindow("well", "connect");
  await user.click(await screen.findByTestId("copy-command"));
  expect(host.clipboard.at(-1)).toBe("mainstay with -- claude");
});

test.each(tools.map(({ id, ways }) => [id, ways.length] as const))(
  "%s: every way is copied with address and token, and shows no token",
  async (id, ways) => {
    const { host, user } = await openWindow("well", "connect");
    await user.click(await screen.findByTestId(`tool-${id}`));
    const card = within(await screen.findByTestId(`connect-${id}`));
    const buttons = card.getAllByTestId("copy-lines");
    expect(buttons).toHaveLength(ways);
    for (const button of buttons) await user.click(button);
    const copied = host.clipboard.slice(-ways).join("\n");
    expect(copied).toContain("the gateway's token");
    expect(copied).toContain(host.state().address);
    expect(document.body.textContent).not.toContain("the gateway's token");
    expect(document.body.textContent).not.toContain("{token}");
  },
);

test("a tool waits for its first request until that has come", async () => {
  const { host, user } = await openWindow("well", "connect");
  host.world.exchanges = [];
  await user.click(await screen.findByTestId("tool-qwen"));
  const card = within(await screen.findByTestId("connect-qwen"));
  expect(card.getByTestId("first-request")).toHaveTextContent("Waiting for its first request…");
  host.arrived(exchangeBy("QwenCode", host.world.now));
  expect(await card.findByText(/Received .* answered\./u)).toBeVisible();
});

test("axe finds nothing", async () => {
  const { container } = await openWindow("well", "connect");
  await screen.findByTestId("connect-claude");
  expect((await axe.run(container)).violations).toEqual([]);
});
