import { expect, test } from "vitest";
import type { Group } from "../../host/generated.ts";
import { bucketsOf, bucketStart, ceiling, stacked } from "./buckets.ts";

const now = new Date(2026, 10, 26, 3, 30);
const group = (keys: (string | null)[], requests: number) => ({ keys, requests }) as Group;

test("a day has its hours up to now, and more days have a bar each", () => {
  expect(bucketsOf("today", now, [])).toEqual(["2026-11-26T00", "2026-11-26T01", "2026-11-26T02", "2026-11-26T03"]);
  const week = bucketsOf("week", now, []);
  expect([week.length, week[0], week.at(-1)]).toEqual([7, "2026-11-20", "2026-11-26"]);
  const ever = bucketsOf("ever", now, [group(["2026-11-24"], 1), group(["2026-11-23"], 1)]);
  expect(ever).toEqual(["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"]);
  expect(bucketsOf("ever", now, [group(["2020-01-01"], 1)])).toHaveLength(120);
  expect(bucketStart("2026-11-26T03")).toBe(new Date(2026, 10, 26, 3).getTime());
});

test("the members with the most have parts of their own, the others one together", () => {
  const members = ["a", "b", "c", "d", "e", "f"];
  const groups = members.flatMap((member, at) => [group(["x", member], 10 - at), group(["y", member], 1)]);
  const stacks = stacked(["x", "y"], [...groups, group(["gone", "a"], 99), group(["y", null], 20)]);
  expect(stacks.map(({ member, values }) => [member, values])).toEqual([
    [null, [0, 20]],
    ["a", [10, 1]],
    ["b", [9, 1]],
    ["c", [8, 1]],
    [undefined, [18, 3]],
  ]);
});

test.each([
  [[], 1],
  [[0], 1],
  [[7], 10],
  [[12, 3], 20],
  [[23], 25],
  [[0.031], 0.05],
  [[100], 100],
])("%j has a round top", (values, top) => {
  expect(ceiling(values)).toBeCloseTo(top);
});
