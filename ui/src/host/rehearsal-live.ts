import type { ActiveRoute, LiveMember, LiveState } from "./generated.ts";
import { quietMinutes, type World } from "./rehearsal-world.ts";

/** All of Live but the feed. */
export function liveState(world: World): LiveState {
  const active = routes(world).find((route) => route.name === world.active) ?? null;
  const members = active ? membersOf(world, active) : [];
  return {
    now: world.now,
    active,
    members,
    ready: members.filter((member) => ["serving", "ready", "unchecked"].includes(member.state)).length,
    routes: routes(world),
    today: world.today,
    address: "http://127.0.0.1:4117",
    notice: world.notice,
    offline: world.offline,
    history: world.history,
  };
}

export function routes(world: World): ActiveRoute[] {
  return [
    ...world.balancers.map(({ name, policy, practice, pinned = null, sticky = false }) => {
      return { name, balancer: true, policy, practice, pinned, sticky };
    }),
    ...world.profiles.map(({ name, practice }) => {
      return { name, balancer: false, policy: "failover", practice, pinned: null, sticky: false };
    }),
  ];
}

export function membersOf(world: World, route: ActiveRoute): LiveMember[] {
  const cast = world.balancers.find((each) => each.name === route.name);
  const names = cast ? cast.members : [{ profile: route.name, weight: 1 }];
  const total = names.reduce((sum, { weight }) => sum + weight, 0);
  const shared = route.policy !== "failover";
  const members = names.map(({ profile, weight }) => {
    const even = route.policy === "roundrobin" ? 100 / names.length : (100 * weight) / total;
    return liveMember(world, profile, shared ? even : null);
  });
  const free = members.filter((member) => ["ready", "unchecked"].includes(member.state));
  const pinned = free.filter((member) => member.name === route.pinned);
  for (const member of pinned.length > 0 ? pinned : shared ? free : free.slice(0, 1)) member.state = "serving";
  return members;
}

/** What a profile does as a member. */
export function liveMember(world: World, name: string, share: number | null): LiveMember {
  const player = world.profiles.find((each) => each.name === name);
  return {
    name,
    provider: player?.provider ?? "",
    model: player?.model ?? "",
    state: player ? "unchecked" : "missing",
    until: null,
    why: player ? null : "there is no profile of this name",
    canTry: false,
    share,
    minutes: quietMinutes(),
    p50: null,
    p95: null,
    served: 0,
    limits: [],
    checked: null,
    practice: player?.practice ?? false,
    fault: null,
    accounts: [],
    ...structuredClone(player?.live ?? {}),
  };
}
