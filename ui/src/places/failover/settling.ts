import type { MemberChoice, ProfileRow, StarterMemberView, StarterOutcome, StarterView } from "../../host/generated.ts";

/** What can become of a starter's member. */
export type Way = "create" | "use" | "overwrite" | "other" | "leave";

/** What the user chose for one member; the rest waits for the ways that have a use for it. */
export interface Choice {
  way: Way;
  /** To create. */
  provider: string;
  model: string;
  /** The profile in its place. */
  other: string;
}

/** Choices by member. */
export type Choices = Readonly<Record<string, Choice>>;

const ways: Partial<Record<string, readonly Way[]>> = {
  missing: ["create", "other", "leave"],
  same: ["use", "other", "leave"],
  differs: ["use", "overwrite", "other", "leave"],
};

/** The ways that a member has, the usual one first. Another profile can take its place only where there is one. */
export function waysOf({ state }: StarterMemberView, others: readonly ProfileRow[]): Way[] {
  return (ways[state] ?? (["leave", "other"] as const)).filter((way) => way !== "other" || others.length > 0);
}

/** The profiles that may stand in a member's place: the user's own, without it and without the starter's other members. */
export function othersFor(
  member: StarterMemberView,
  starter: StarterView,
  profiles: readonly ProfileRow[],
  choices: Choices,
): ProfileRow[] {
  const taken = starter.members
    .filter(({ name }) => name !== member.name)
    .map((each) => listedAs(each, choices))
    .filter((name) => name !== undefined);
  return profiles.filter(({ name, practice }) => !practice && name !== member.name && !taken.includes(name));
}

/** What is chosen for a member before the user says anything. */
export function choiceOf(member: StarterMemberView, choices: Choices): Choice {
  const { provider, model } = member;
  const known = choices[member.name];
  const way = waysOf(member, [])[0] ?? "leave";
  // A member that came or went since the choice has other ways by now.
  if (known && (known.way === "other" || waysOf(member, []).includes(known.way))) return known;
  return { provider, model, other: "", ...known, way };
}

/** The profile that is listed for a member; undefined where it is left out. */
export function listedAs(member: StarterMemberView, choices: Choices): string | undefined {
  const { way, other } = choiceOf(member, choices);
  if (way === "leave") return undefined;
  return way === "other" ? other : member.name;
}

/** The choices as the engine takes them. */
export function membersOf(starter: StarterView, choices: Choices): MemberChoice[] {
  return starter.members.map((member): MemberChoice => {
    const { name } = member;
    const { way, provider, model, other } = choiceOf(member, choices);
    switch (way) {
      case "create":
        return { name, action: "create", provider, model: model.trim() };
      case "other":
        return { name, action: "replace", profile: other };
      case "overwrite":
        return { name, action: "replace" };
      case "use":
      case "leave":
        return { name, action: way };
    }
  });
}

/** A member that is to be created and has no model yet. */
export function withoutModel(starter: StarterView, choices: Choices): string | undefined {
  const lacks = (member: StarterMemberView) => {
    const { way, model } = choiceOf(member, choices);
    return way === "create" && model.trim() === "";
  };
  return starter.members.find(lacks)?.name;
}

/** Whether what is chosen can be applied, or what stands in the way. */
export type Verdict =
  | { kind: "modelless"; name: string }
  | { kind: "refused" }
  | { kind: "looking" }
  | { kind: "keyless" }
  | { kind: "disagreed" }
  | { kind: "alone"; name: string }
  | { kind: "ready"; usable: number; total: number };

interface Known {
  modelless: string | undefined;
  /** What would be written; undefined while that is not known. */
  outcome: StarterOutcome | undefined;
  refused: boolean;
  /** Members for which a key was typed. */
  keyed: ReadonlySet<string>;
  /** The load balancer of this name may be changed. */
  agreed: boolean;
}

/** What can be said of the choices. */
export function verdictOf({ modelless, outcome, refused, keyed, agreed }: Known): Verdict {
  if (modelless !== undefined) return { kind: "modelless", name: modelless };
  if (refused) return { kind: "refused" };
  if (!outcome) return { kind: "looking" };
  const usable = outcome.credentials.filter((each) => each.usable || (each.takesKey && keyed.has(each.profile)));
  const [first] = usable;
  if (!first) return { kind: "keyless" };
  if (changesList(outcome) && !agreed) return { kind: "disagreed" };
  const total = outcome.members.length;
  return usable.length === 1 && total > 1
    ? { kind: "alone", name: first.profile }
    : { kind: "ready", usable: usable.length, total };
}

/** A load balancer of its name is there and would get other members. */
export function changesList({ balancer, changes }: StarterOutcome): boolean {
  return changes.some(({ kind, name }) => kind === "replace" && name === balancer);
}
