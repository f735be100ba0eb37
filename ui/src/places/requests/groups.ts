import { count, money } from "../../figures.ts";
import type { By, Costs, Group } from "../../host/generated.ts";
import { strings } from "../../strings.ts";

const words = strings.requests.statistics;

/** Days from the last one back; all else by its requests. */
export function inOrder(by: By, groups: readonly Group[]): Group[] {
  return by === "day" ? groups.toReversed() : groups.toSorted((one, other) => other.requests - one.requests);
}

/** The part that ended with the whole answer, in percent; what the tool cancelled is nobody's failure. */
export function success({ served, failed, truncated }: Group): number | null {
  const ended = served + failed + truncated;
  return ended === 0 ? null : Math.round((1000 * served) / ended) / 10;
}

/** A group's cost in lines: what is known first, and never a nought for what is not known or no money. */
export function costSaid({ microUsd, known, included, unknown }: Costs): string[] {
  if (known > 0) {
    return [
      money(microUsd / 1e6),
      ...(unknown > 0 ? [words.unknownToo(count(unknown))] : []),
      ...(included > 0 ? [words.includedToo(count(included))] : []),
    ];
  }
  if (unknown > 0) return [words.costUnknown, ...(included > 0 ? [words.includedToo(count(included))] : [])];
  return [included > 0 ? strings.feed.included : strings.feed.unknown];
}
