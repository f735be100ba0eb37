import type { By, Group } from "../../host/generated.ts";
import { beginning, type Range } from "./filters.ts";

/** What one bar of a plot is over. */
export type Step = Extract<By, "hour" | "day">;

/** No more bars than these: of a longer time, the last. */
const MOST = 120;

/** Hours within a day, days over more. */
export const stepOf = (range: Range): Step => (range === "today" ? "hour" : "day");

const two = (value: number) => String(value).padStart(2, "0");

const dayKey = (at: Date) => `${String(at.getFullYear())}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

/** When a bucket begins, from its name as the engine writes it: `2026-11-25`, `2026-11-25T14`. */
export function bucketStart(key: string): number {
  const [date = "", hour] = key.split("T");
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  return new Date(year, month - 1, day, Number(hour ?? 0)).getTime();
}

/** The names of all buckets of a time, in order, those among them in which nothing happened. */
export function bucketsOf(range: Range, now: Date, groups: readonly Group[]): string[] {
  if (stepOf(range) === "hour") {
    return Array.from({ length: now.getHours() + 1 }, (_, hour) => `${dayKey(now)}T${two(hour)}`);
  }
  const first = groups.flatMap(({ keys }) => keys[0] ?? []).toSorted()[0];
  const from = beginning(range, now) ?? (first === undefined ? now.getTime() : bucketStart(first));
  const days: string[] = [];
  // By the calendar: a day may have 23 or 25 hours.
  for (
    let at = new Date(from);
    at.getTime() <= now.getTime();
    at = new Date(at.getFullYear(), at.getMonth(), at.getDate() + 1)
  ) {
    days.push(dayKey(at));
  }
  return days.slice(-MOST);
}

/** A part of each bar: one member's, or what the small ones have together. */
export interface Stack {
  /** Absent: the others together. */
  member: string | null | undefined;
  /** One for each bucket. */
  values: number[];
  sum: number;
}

/** How many members have a part of their own. */
const OWN = 4;

/** Requests by bucket and member, from groups by both; the member with the most first. */
export function stacked(buckets: readonly string[], groups: readonly Group[]): Stack[] {
  const stacks = new Map<string | null, Stack>();
  for (const { keys, requests } of groups) {
    const [bucket, member = null] = keys;
    const at = buckets.indexOf(bucket ?? "");
    if (at < 0) continue;
    const stack = stacks.get(member) ?? { member, values: buckets.map(() => 0), sum: 0 };
    stack.values[at] = (stack.values[at] ?? 0) + requests;
    stack.sum += requests;
    stacks.set(member, stack);
  }
  const ordered = [...stacks.values()].toSorted((one, other) => other.sum - one.sum);
  if (ordered.length <= OWN + 1) return ordered;
  const rest = ordered.slice(OWN);
  const values = buckets.map((_, at) => rest.reduce((sum, stack) => sum + (stack.values[at] ?? 0), 0));
  return [...ordered.slice(0, OWN), { member: undefined, values, sum: rest.reduce((sum, each) => sum + each.sum, 0) }];
}

/** A round number that is no less than any of the values: the top of an axis. */
export function ceiling(values: readonly number[]): number {
  const most = Math.max(0, ...values);
  if (most === 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(most));
  const step = [1, 2, 2.5, 5, 10].find((each) => each * unit >= most) ?? 10;
  return step * unit;
}
