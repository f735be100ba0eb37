import { expect, test } from "vitest";
import { count, dayAndTime, dayName, left, money, percent, size, span, timeOfDay, tokenCount } from "./figures.ts";

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

test("a day says its year only where it is not this one", () => {
  const year = new Date().getFullYear();
  expect(dayAndTime(new Date(year, 0, 2, 4, 3, 8).getTime())).toBe("2 Jan, 04:03:08");
  expect(dayAndTime(new Date(2019, 10, 25, 14, 3, 18).getTime())).toBe("25 Nov 2019, 14:03:18");
  expect([dayName("2026-11-25"), dayName("no day")]).toEqual(["Wed, 25 Nov 2026", "no day"]);
});

test.each([
  [0, "0 B"],
  [1023, "1,023 B"],
  [4096, "4.0 KiB"],
  [230 * 2 ** 20, "230 MiB"],
  [3 * 2 ** 40, "3,072 GiB"],
])("%i bytes are %s", (bytes, text) => {
  expect(size(bytes)).toBe(text);
});
