import { expect, test } from "vitest";
import { beginning, filterOf, isFiltered, noFilters } from "./filters.ts";

const now = new Date(2026, 2, 3, 15, 20);

test("a range begins at a local midnight and takes today in", () => {
  expect(beginning("today", now)).toBe(new Date(2026, 2, 3).getTime());
  expect(beginning("week", now)).toBe(new Date(2026, 1, 25).getTime());
  expect(beginning("month", now)).toBe(new Date(2026, 1, 2).getTime());
  expect(beginning("quarter", now)).toBe(new Date(2025, 11, 4).getTime());
  expect(beginning("ever", now)).toBeUndefined();
});

test("what is empty or blank is not asked for", () => {
  expect(filterOf({ ...noFilters, range: "ever" }, now)).toEqual({});
  expect(filterOf({ ...noFilters, range: "ever", text: "  " }, now)).toEqual({});
  expect(
    filterOf({ text: " gpt ", range: "today", member: "a", route: "b", tool: "c", outcome: "saved" }, now),
  ).toEqual({
    text: "gpt",
    member: "a",
    route: "b",
    tool: "c",
    outcome: "saved",
    from: new Date(2026, 2, 3).getTime(),
  });
});

test("the time alone is no filter", () => {
  expect(isFiltered({ ...noFilters, range: "today" })).toBe(false);
  expect(isFiltered({ ...noFilters, text: " " })).toBe(false);
  expect(isFiltered({ ...noFilters, outcome: "failed" })).toBe(true);
});
