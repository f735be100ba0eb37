import { expect, test } from "vitest";
import { entries, moved } from "./order.ts";

test.each([
  [0, 2, "bca"],
  [2, 0, "cab"],
  [1, 1, "abc"],
  [0, -1, "abc"],
  [2, 3, "abc"],
  [9, 0, "abc"],
])("the one at %i put at %i gives %s", (from, to, result) => {
  expect(moved(["a", "b", "c"], from, to).join("")).toBe(result);
});

test("a name that the list holds twice has two ids", () => {
  const list = ["a", "b", "a"].map((profile) => ({ profile, weight: 1 }));
  expect(entries(list).map((entry) => entry.id)).toEqual(["a", "b", "a (2)"]);
});
