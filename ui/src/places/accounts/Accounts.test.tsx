import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { rehearse } from "../../host/rehearsal-cases.ts";
import { asked, openWindow } from "../../test-window.tsx";

const card = (provider: string) => within(screen.getByTestId(`accounts-${provider}`));

test("accounts say who they are, how they stand and who uses them", async () => {
  await openWindow("well", "accounts");
  await screen.findByTestId("accounts-anthropic");
  expect(screen.getByTestId("account-anthropic-default")).toHaveTextContent(/logged in.*me@home\.example.*claude-sub/u);
  expect(screen.getByTestId("account-anthropic-work")).toHaveTextContent(/login has ended.*Log in again/u);
  expect(card("anthropic").getByText(/terms restrict/u)).toBeVisible();
});

test("a login shows its notice first, opens the browser, and ends by itself", async () => {
  const host = rehearse("well");
  const { user } = await openWindow(host, "accounts");
  await user.click(await screen.findByRole("button", { name: "Log in again" }));
  expect(asked(host, "start_login")).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Accept and log in" }));
  await screen.findByText(/A page has opened/u);
  expect(host.openedAddresses).toEqual(["https://login.example/authorize?client=mainstay"]);
  host.accounts.end("login-1");
  await screen.findByText("Logged in at Claude (Anthropic).");
  await waitFor(() => {
    expect(screen.getByTestId("account-anthropic-work")).toHaveTextContent("logged in");
  });
  expect(screen.queryByTestId("login-course")).toBeNull();
});

test("a device code is shown large, and Escape cancels the login", async () => {
  const host = rehearse("well");
  const { user } = await openWindow(host, "accounts");
  await user.click(await screen.findByText(/Other providers/u));
  await user.click(await screen.findByTestId("log-in-qwen"));
  expect(await screen.findByTestId("login-code")).toHaveTextContent("ABCD-EFGH");
  await user.keyboard("{Escape}");
  expect(asked(host, "cancel_login")).toEqual([{ id: "login-1" }]);
  expect(screen.queryByTestId("login-course")).toBeNull();
});

test("a login that fails says why and can be tried again", async () => {
  const host = rehearse("well");
  const { user } = await openWindow(host, "accounts");
  await user.click(await screen.findByText(/Other providers/u));
  await user.click(await screen.findByTestId("log-in-qwen"));
  await screen.findByTestId("login-code");
  host.accounts.end("login-1", {
    step: "failed",
    problem: { code: "login_denied", message: "The login was denied.", hint: "Log in again." },
  });
  expect(await screen.findByRole("alert")).toHaveTextContent("The login was denied.");
  await user.click(screen.getByRole("button", { name: "Try again" }));
  await waitFor(() => {
    expect(asked(host, "start_login")).toHaveLength(2);
  });
});

test("a provider's key is kept, shows its end alone, and is deleted after a question", async () => {
  const { host, user } = await openWindow(rehearse("well"), "accounts");
  const openai = () => card("openai");
  await user.click(await screen.findByText("Replace key", { selector: "[data-testid=accounts-openai] button" }));
  await user.type(openai().getByLabelText("Key"), "sk-a-new-key-9876");
  await user.click(openai().getByRole("button", { name: "Keep key" }));
  await waitFor(() => {
    expect(openai().getByText("ends in 9876")).toBeVisible();
  });
  expect(document.body.innerHTML).not.toContain("sk-a-new-key");
  await user.click(openai().getByRole("button", { name: "Delete key" }));
  expect(asked(host, "delete_provider_key")).toEqual([]);
  await user.click(openai().getByRole("button", { name: "Delete it now" }));
  await waitFor(() => {
    expect(openai().queryByText(/ends in/u)).toBeNull();
  });
});

test("a login that profiles wait for is said in Live, and its one action begins it anew", async () => {
  const host = rehearse("well");
  const [, work] = host.accounts.providers[0]?.login?.accounts ?? [];
  if (work) work.usedBy = ["claude-subscription"];
  const { user } = await openWindow(host);
  const banner = await screen.findByTestId("login-ended");
  expect(banner).toHaveTextContent(/The login work at Claude \(Anthropic\) has ended\. Used by claude-subscription/u);
  await user.click(within(banner).getByRole("button", { name: "Log in again" }));
  expect(await screen.findByTestId("login-course")).toHaveTextContent("account work");
  expect(screen.getAllByRole("button", { name: "Log in again" })).toHaveLength(1);
  await user.click(screen.getByRole("button", { name: "Accept and log in" }));
  expect(asked(host, "start_login")).toEqual([{ provider: "anthropic", account: "work", acceptNotice: true }]);
  host.accounts.end("login-1");
  await waitFor(() => {
    expect(screen.queryByTestId("login-ended")).toBeNull();
  });
});

test("a code is typed without losing the focus, and goes to the login that waits for it", async () => {
  const host = rehearse("well");
  const { user } = await openWindow(host, "accounts");
  await user.click(await screen.findByRole("button", { name: "Log in again" }));
  await user.click(screen.getByRole("button", { name: "Accept and log in" }));
  await user.type(await screen.findByLabelText("Code from the page", { selector: "input" }), "a-code#a-state");
  await user.click(screen.getByRole("button", { name: "Use this code" }));
  expect(asked(host, "paste_login_code")).toEqual([{ id: "login-1", text: "a-code#a-state" }]);
});
