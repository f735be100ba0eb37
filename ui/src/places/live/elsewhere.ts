import type { ExchangeRow, LiveState, ProfileRow } from "../../host/generated.ts";

/** Requests are of now for so long, in milliseconds. */
const NOW = 5 * 60_000;

/** What else is in use: another balancer or profile that tools asked for by its name lately. */
export interface AlsoInUse {
  route: string;
  requests: number;
}

/** Whom tools have asked for by name in the last five minutes, past what is in use; the busiest first. */
export function alsoInUse({ now, active, routes }: LiveState, exchanges: readonly ExchangeRow[]): AlsoInUse[] {
  const known = new Set(routes.map((route) => route.name));
  const counts = new Map<string, number>();
  for (const { route, time, tool } of exchanges) {
    if (route === null || route === active?.name || !known.has(route) || time < now - NOW) continue;
    // A test of a profile goes by its name too, and is no tool's.
    if (tool === "Mainstay") continue;
    counts.set(route, (counts.get(route) ?? 0) + 1);
  }
  return [...counts]
    .map(([route, requests]) => ({ route, requests }))
    .toSorted((one, other) => other.requests - one.requests || one.route.localeCompare(other.route));
}

/** The profiles that what is in use does not list; simulated ones only beside simulated ones. */
export function outside({ active, members }: LiveState, profiles: readonly ProfileRow[]): ProfileRow[] {
  const listed = new Set(members.map((member) => member.name));
  return profiles.filter(({ name, practice }) => !listed.has(name) && practice === (active?.practice ?? false));
}
