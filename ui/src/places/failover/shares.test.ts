import { expect, test } from "vitest";
import { percents, relinked } from "./shares.ts";

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

test.each([
  [
    [70, 20, 10],
    [70, 20, 10],
  ],
  [
    [7, 2, 1],
    [70, 20, 10],
  ],
  [
    [1, 1, 1],
    [34, 33, 33],
  ],
  [
    [0, 0],
    [50, 50],
  ],
  [[5], [100]],
  [[], []],
])("weights %j are %j percent", (weights, result) => {
  expect(percents(weights)).toEqual(result);
});

test.each([
  [[70, 20, 10], 0, 40, [40, 40, 20]],
  [[70, 20, 10], 2, 100, [0, 0, 100]],
  [[100, 0, 0], 0, 50, [50, 25, 25]],
  [[50, 50], 0, 120, [100, 0]],
  [[50, 50], 1, -5, [100, 0]],
  [[100], 0, 30, [100]],
])("of %j the one at %i set to %i gives %j", (weights, index, value, result) => {
  expect(relinked(weights, index, value)).toEqual(result);
});

test("whatever is moved, the whole stays 100 and the moved one is where it was put", () => {
  let weights: readonly number[] = [70, 20, 10, 0];
  // A walk over many settings: a linear congruence is random enough, and the same on each run.
  let seed = 12_345;
  for (let step = 0; step < 2000; step += 1) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    const index = seed % weights.length;
    const value = (seed >> 8) % 101;
    weights = relinked(weights, index, value);
    expect(sum(weights)).toBe(100);
    expect(weights[index]).toBe(value);
    expect(weights.every((weight) => weight >= 0 && Number.isInteger(weight))).toBe(true);
  }
});
