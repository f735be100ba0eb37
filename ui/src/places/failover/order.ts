import type { BalancerMember } from "../../host/generated.ts";

/** A member with an id of its own: a list may name the same profile twice. */
export interface Entry extends BalancerMember {
  id: string;
}

/** `members`, each with an id: the profile's name, from its second place in the list on with a number. */
export function entries(members: readonly BalancerMember[]): Entry[] {
  const seen = new Map<string, number>();
  return members.map((member) => {
    const times = (seen.get(member.profile) ?? 0) + 1;
    seen.set(member.profile, times);
    return { ...member, id: times === 1 ? member.profile : `${member.profile} (${String(times)})` };
  });
}

/** `items` with the one at `from` put at `to`; places outside the list change nothing. */
export function moved<Item>(items: readonly Item[], from: number, to: number): Item[] {
  const item = items[from];
  if (item === undefined || to < 0 || to >= items.length) return [...items];
  return items.toSpliced(from, 1).toSpliced(to, 0, item);
}
