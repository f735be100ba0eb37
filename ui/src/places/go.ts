/** A place of the window, and what it should show there. */
export type Aim =
  | { place: "live"; guide?: boolean }
  | { place: "profiles"; profile?: string; create?: boolean }
  | { place: "failover"; balancer?: string; create?: boolean }
  | { place: "accounts"; login?: { provider: string; account: string } }
  | { place: "requests" }
  | { place: "connect" }
  | { place: "settings"; section?: Section };

/** A section of Settings. */
export type Section =
  "gateway" | "network" | "history" | "prices" | "transfer" | "window" | "appearance" | "privacy" | "logs" | "about";

/** Goes to a place. */
export type Go = (aim: Aim) => void;

/** The places in their order in the sidebar; their position is their key with Ctrl or Cmd. */
export const places = [
  "live",
  "profiles",
  "failover",
  "accounts",
  "requests",
  "connect",
  "settings",
] as const satisfies readonly Aim["place"][];
