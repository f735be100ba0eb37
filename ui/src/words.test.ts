import { expect, test } from "vitest";
import { countdown, listed, named, pieces, spoken } from "./words.ts";

test("a sentence falls into its words, its names and its countdown, in any order", () => {
  expect(pieces(`In ${countdown} it is ${named("a b")}.`)).toEqual([
    { kind: "text", text: "In " },
    { kind: "countdown" },
    { kind: "text", text: " it is " },
    { kind: "name", text: "a b" },
    { kind: "text", text: "." },
  ]);
  expect(pieces(named("x"))).toEqual([{ kind: "name", text: "x" }]);
  expect(pieces("")).toEqual([]);
});

test("a countdown is not spoken: it would never let the sentence rest", () => {
  expect(spoken(`${named("a")} is back in ${countdown}.`)).toBe("a is back in .");
});

test.each([
  [["a"], "a"],
  [["a", "b"], "a and b"],
  [["a", "b", "c"], "a, b and c"],
])("%j are listed as %s", (items, text) => {
  expect(listed(items)).toBe(text);
});
