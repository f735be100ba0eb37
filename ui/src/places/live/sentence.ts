import type { Tone } from "../../components/StateMark.tsx";
import { count, percent } from "../../figures.ts";
import type { ActiveRoute, LiveMember, LiveState } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { listed, named } from "../../words.ts";

/** The one next action that a sentence may carry. */
export type Action =
  | { kind: "create-profile"; label: string }
  | { kind: "add-members"; label: string; balancer: string }
  | { kind: "give-key"; label: string; profile: string }
  | { kind: "log-in"; label: string; profile: string }
  | { kind: "use"; label: string; route: string }
  | { kind: "unpin"; label: string; route: string };

/** One line of truth, and the one under it. */
export interface Truth {
  /** Which case it is; for the tests and for nothing else. */
  kind:
    | "serving"
    | "sharing"
    | "alone"
    | "idle"
    | "probing"
    | "all-out"
    | "offline"
    | "pinned"
    | "needs-credential"
    | "needs-login"
    | "empty-balancer"
    | "nothing-active"
    | "no-profiles";
  /** The colour of the names in the first line. */
  tone: Tone;
  text: string;
  why: string;
  /** What the countdown in `why` counts to, in milliseconds since 1970. */
  until: number | null;
  action: Action | null;
}

const words = strings.live;

/**
 * What a person must know first. `lastBalancer` is the one that was in use before a single profile was chosen; `logins`
 * are the profiles whose credential is a login that is not there.
 */
export function truth(
  state: LiveState,
  lastBalancer: string | null,
  logins: ReadonlySet<string> = new Set<string>(),
): Truth {
  const { active, members } = state;
  if (!active) {
    return state.routes.some((route) => !route.practice)
      ? plain("nothing-active", "waiting", words.nothingActive, words.nothingActiveWhy)
      : {
          ...plain("no-profiles", "quiet", words.noProfiles, words.noProfilesWhy),
          action: { kind: "create-profile", label: words.createProfile },
        };
  }
  if (members.length === 0) {
    return {
      ...plain("empty-balancer", "waiting", words.emptyBalancer(active.name), words.emptyBalancerWhy),
      action: { kind: "add-members", label: words.addMembers, balancer: active.name },
    };
  }

  const serving = members.filter((member) => member.state === "serving");
  const [first] = serving;
  if (state.offline !== null) return plain("offline", "bad", words.offline, words.offlineWhy);
  if (!first) return nobodyServes(state, logins);
  if (active.pinned !== null) return pinned(state, active, first, serving, lastBalancer);
  return byPolicy(state, active, first, serving, lastBalancer);
}

function byPolicy(
  state: LiveState,
  active: ActiveRoute,
  first: LiveMember,
  serving: readonly LiveMember[],
  lastBalancer: string | null,
): Truth {
  const { members } = state;
  if (!active.balancer) return alone(state, first, lastBalancer);
  if (serving.length > 1) return sharing(active, members, serving);

  const passed = members.slice(0, members.indexOf(first)).filter(isOut);
  if (passed[0]) return past(state, first, passed[0], passed.slice(1));
  return state.today.requests === 0
    ? plain("idle", "ok", words.idle(first.name), words.idleWhy)
    : plain("serving", "ok", words.serving(first.name), words.firstOf(count(members.length), active.name));
}

/** A pin is told in the second line: whom the user chose until it is taken away, or that the choice is void. */
function pinned(
  state: LiveState,
  active: ActiveRoute,
  first: LiveMember,
  serving: readonly LiveMember[],
  lastBalancer: string | null,
): Truth {
  const name = active.pinned ?? "";
  const action = { kind: "unpin", label: words.unpinRoute, route: active.name } as const;
  const member = state.members.find((each) => each.name === name);
  if (member && first === member) return { ...plain("pinned", "ok", words.serving(name), words.pinned(name)), action };
  const told = byPolicy(state, active, first, serving, lastBalancer);
  if (!member) return { ...told, why: `${words.pinVoid(name)} ${told.why}`, action };
  const why = [words.pinned(name), reason(member), ...(member.until === null ? [] : [words.backIn])].join(" ");
  return { ...plain("pinned", told.tone, told.text, why), until: member.until, action };
}

/** Whether no request would be sent to the member now. */
export function isOut(member: LiveMember): boolean {
  return !["serving", "ready", "unchecked"].includes(member.state);
}

function plain(kind: Truth["kind"], tone: Tone, text: string, why: string): Truth {
  return { kind, tone, text, why, until: null, action: null };
}

function past(state: LiveState, serving: LiveMember, passed: LiveMember, more: readonly LiveMember[]): Truth {
  const why = absence(passed, state.members[0] === passed, more);
  return { ...plain("serving", "ok", words.serving(serving.name), why), until: passed.until };
}

/** Why a member is out, when it is back, and who else is out. */
function absence(out: LiveMember, isFirst: boolean, more: readonly LiveMember[]): string {
  const lines = [reason(out)];
  if (out.until !== null) lines.push(isFirst ? words.firstAgain : words.backIn);
  if (more.length > 0) lines.push(words.alsoOut(listed(more.map((member) => named(member.name)))));
  return lines.join(" ");
}

function reason(member: LiveMember): string {
  if (member.why !== null) return words.passedWhy(member.name, member.why.replace(/\.$/, ""));
  if (member.state === "needs-credential") return `${words.needsCredential(member.name)}.`;
  return words.passed(member.name);
}

function alone(state: LiveState, serving: LiveMember, lastBalancer: string | null): Truth {
  const balancers = state.routes.filter((route) => route.balancer && route.practice === state.active?.practice);
  const back = balancers.find((route) => route.name === lastBalancer) ?? balancers[0];
  return {
    ...plain("alone", "ok", words.alone(serving.name), words.aloneWhy),
    action: back ? { kind: "use", label: words.backTo(back.name), route: back.name } : null,
  };
}

function sharing(
  { policy, sticky }: ActiveRoute,
  members: readonly LiveMember[],
  serving: readonly LiveMember[],
): Truth {
  const names = listed(serving.map((member) => named(member.name)));
  const shares = serving.map((member) =>
    words.share(member.name, percent(Math.round((currentShare(serving, member) ?? 0) * 100))),
  );
  const [byWeight, inTurn] = sticky
    ? [words.sharesOfConversations, words.turnsOfConversations]
    : [words.shares, words.turns];
  const how = policy === "weighted" ? byWeight(listed(shares)) : inTurn;
  const [out, ...more] = members.filter(isOut);
  const told = plain("sharing", "ok", words.sharing(names), how);
  return out ? { ...told, why: `${how} ${absence(out, false, more)}`, until: out.until } : told;
}

/** The part of the traffic, 0 to 1, that goes to `member` now: what the members that are out leave is shared too. */
export function currentShare(members: readonly LiveMember[], member: LiveMember): number | null {
  if (member.share === null) return null;
  const total = members.reduce((sum, each) => sum + (each.state === "serving" ? (each.share ?? 0) : 0), 0);
  return member.state === "serving" && total > 0 ? member.share / total : 0;
}

function nobodyServes(state: LiveState, logins: ReadonlySet<string>): Truth {
  const { members } = state;
  const [only] = members;
  const probing = members.find((member) => member.state === "probing");
  if (probing) return plain("probing", "probing", words.probing(probing.name), words.probingWhy);

  const keyless = members.find((member) => ["needs-credential", "origin-unconfirmed"].includes(member.state));
  const unusable = ["needs-credential", "origin-unconfirmed", "missing", "broken"];
  if (keyless && members.every((member) => unusable.includes(member.state))) {
    const waiting = members.find((member) => member.state === "needs-credential" && logins.has(member.name));
    if (waiting) {
      return {
        ...plain("needs-login", "waiting", words.needsLogin(waiting.name), words.needsLoginWhy),
        action: { kind: "log-in", label: words.logIn, profile: waiting.name },
      };
    }
    return {
      ...plain(
        "needs-credential",
        "waiting",
        members.length === 1 ? words.needsCredential(keyless.name) : words.nobodyHasCredential,
        members.length === 1 && keyless.why !== null ? `${keyless.why.replace(/\.$/, "")}.` : words.needsCredentialWhy,
      ),
      action: { kind: "give-key", label: words.giveKey(keyless.name), profile: keyless.name },
    };
  }

  const text = members.length === 1 && only ? words.aloneOut(only.name) : words.allOut;
  const soonest = members
    .filter((member) => member.until !== null)
    .toSorted((one, other) => (one.until ?? 0) - (other.until ?? 0))[0];
  if (!soonest) return plain("all-out", "bad", text, words.soonestUnknown);
  return {
    ...plain(
      "all-out",
      "bad",
      text,
      members.length === 1 ? `${reason(soonest)} ${words.backIn}` : words.soonest(soonest.name),
    ),
    until: soonest.until,
  };
}

/** Whether a failure of the serving member would go unnoticed, and why. */
export function protection(state: LiveState): { tone: Tone; head: string; detail: string } {
  if (state.ready >= 2) {
    return {
      tone: "ok",
      head: words.protected,
      detail: words.protectedBy(count(state.ready), count(state.members.length)),
    };
  }
  const only = state.members.find((member) => !isOut(member));
  return only
    ? { tone: "waiting", head: words.unprotected, detail: words.onlyOne(only.name) }
    : { tone: "bad", head: words.unprotected, detail: words.noneWorks };
}
