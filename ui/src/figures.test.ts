import { expect, test } from "vitest";
import { count, left, money, percent, span, timeOfDay, tokenCount } from "./figures.ts";

test.each([
  [0, "0:00"],
  [5, "0:05"],
  [42, "0:42"],
  [60, "1:00"],
  [3599, "59:59"],
  [3600, "1:00:00"],
  [3850, "1:04:10"],
  [86_399, "23:59:59"],
  [183_600, "2 d 3 h"],
])("%i seconds are left as %s", (seconds, text) => {
  expect(left(seconds)).toBe(text);
});

test.each([
  [0, "0 ms"],
  [402, "402 ms"],
  [999, "999 ms"],
  [1000, "1.0 s"],
  [6140, "6.1 s"],
  [61_000, "61.0 s"],
])("a span of %i ms is %s", (ms, text) => {
  expect(span(ms)).toBe(text);
});

test("counts, shares and sums read as people write them", () => {
  expect(count(18_204)).toBe("18,204");
  expect([percent(100), percent(97.9)]).toEqual(["100 %", "97.9 %"]);
  expect([money(0.06), money(3.184)]).toEqual(["$0.060", "$3.18"]);
  expect(timeOfDay(new Date(2026, 0, 2, 4, 3, 8).getTime())).toBe("04:03:08");
});

test("an estimated number of tokens says that it is one", () => {
  expect(tokenCount(18_204, false)).toBe("18,204");
  expect(tokenCount(18_204, true)).toBe("about 18,204");
});
