import { expect, test } from "vitest";
import { RAIL_X, rail, type Stop } from "./rail.ts";

const HEIGHT = 72;

/** Stops of the usual height: s serves, r stands by, x is out; a number is the share of one that serves. */
function stops(kinds: readonly ("s" | "r" | "x" | number)[]): Stop[] {
  return kinds.map((kind, at) => ({
    top: at * HEIGHT,
    height: HEIGHT,
    serves: kind === "s" || typeof kind === "number",
    out: kind === "x",
    share: typeof kind === "number" ? kind : null,
  }));
}

/** The numbers of a path, as points. */
function points(path: string): [number, number][] {
  let x = RAIL_X;
  return [...path.matchAll(/([MCV])([^MCV]*)/gu)].flatMap(([, command, rest = ""]): [number, number][] => {
    const numbers = rest.trim().split(/\s+/u).map(Number);
    if (command === "V") return [[x, numbers[0] ?? 0]];
    const pairs = numbers.flatMap((value, at): [number, number][] => (at % 2 ? [] : [[value, numbers[at + 1] ?? 0]]));
    x = pairs.at(-1)?.[0] ?? x;
    return pairs;
  });
}

test("the first that serves is reached straight from the top", () => {
  const { carried, standby } = rail(stops(["s", "r", "r"]));
  expect(carried).toEqual([{ path: "M28 0V27", width: 2.5 }]);
  expect(standby).toEqual(["M28 45V99", "M28 117V171"]);
});

test("the line bows past members that are out, and comes back to the one that serves", () => {
  const [track] = rail(stops(["x", "x", "s"])).carried;
  const line = points(track?.path ?? "");
  expect(line[0]).toEqual([RAIL_X, 0]);
  expect(line.at(-1)).toEqual([RAIL_X, 2 * HEIGHT + HEIGHT / 2 - 9]);
  // At the height of both marks it is at least a mark's width away from them.
  for (const centre of [36, 108]) {
    const before = line.findLast(([, y]) => y <= centre);
    expect(RAIL_X - (before?.[0] ?? RAIL_X)).toBeGreaterThan(9);
  }
});

test("no line ever runs upwards", () => {
  for (const kinds of [
    ["x", "s", "r"],
    ["s", "x", "r"],
    ["r", "x", "s"],
    ["x", "x", "x", "s"],
    ["s", "x", "x", "r"],
  ] as const) {
    const { carried, standby } = rail(stops(kinds));
    for (const path of [...carried.map((track) => track.path), ...standby]) {
      const heights = points(path).map(([, y]) => y);
      expect(heights).toEqual(heights.toSorted((one, other) => one - other));
    }
  }
});

test("shared traffic thins out by each member's share", () => {
  const widths = rail(stops([0.7, 0.2, 0.1])).carried.map((track) => track.width);
  expect(widths).toEqual([6.5, 1.5 + 0.3 * 5, expect.closeTo(1.5 + 0.1 * 5)]);
});

test("dashes tie a member that is passed to the next one, and lead past one that is out to one that stands by", () => {
  expect(rail(stops(["x", "s"])).standby).toEqual(["M28 45V99"]);
  const { standby } = rail(stops(["s", "x", "r"]));
  expect(standby).toHaveLength(1);
  expect(points(standby[0] ?? "").at(-1)).toEqual([RAIL_X, 171]);
});

test("nothing is drawn to anybody when all are out, and nothing for an empty list", () => {
  expect(rail(stops(["x", "x"]))).toEqual({ carried: [], standby: [] });
  expect(rail([])).toEqual({ carried: [], standby: [] });
});
