import { later } from "./later.tsx";

/** The parts of the window that are not seen when it opens. */
export const Profiles = later(async () => (await import("./places/profiles/Profiles.tsx")).Profiles);
export const Failover = later(async () => (await import("./places/failover/Failover.tsx")).Failover);
export const Accounts = later(async () => (await import("./places/accounts/Accounts.tsx")).Accounts);
export const Requests = later(async () => (await import("./places/requests/Requests.tsx")).Requests);
export const Guide = later(async () => (await import("./places/live/welcome/Guide.tsx")).Guide);
export const Connect = later(async () => (await import("./places/connect/Connect.tsx")).Connect);
export const Settings = later(async () => (await import("./places/settings/Settings.tsx")).Settings);
export const CommandBar = later(async () => (await import("./command-bar/CommandBar.tsx")).CommandBar);

/** How long the window is left alone between two parts: what the user clicks on meanwhile comes at once. */
const BREATH_MS = 40;

/** Fetches them all once the window is drawn, so that no click has to wait: one after another, the likely ones first. */
export async function fetchParts(): Promise<void> {
  for (const part of [CommandBar, Failover, Profiles, Requests, Accounts, Connect, Settings, Guide]) {
    if (part.isHere()) continue;
    await part.fetch();
    await new Promise((resolve) => setTimeout(resolve, BREATH_MS));
  }
}
