/** A place of the window, and what it should show there. */
export type Aim =
  | { place: "live" }
  | { place: "profiles"; profile?: string; create?: boolean }
  | { place: "failover"; balancer?: string }
  | { place: "requests" }
  | { place: "settings"; section?: Section };

/** A section of Settings. */
export type Section = "network" | "history" | "prices" | "appearance";

/** Goes to a place. */
export type Go = (aim: Aim) => void;

/** The places in their order in the sidebar; their position is their key with Ctrl or Cmd. */
export const places = [
  "live",
  "profiles",
  "failover",
  "requests",
  "settings",
] as const satisfies readonly Aim["place"][];
