import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync(`${import.meta.dirname}/tokens.css`, "utf8");

/** name → [light, dark], for each colour that is written as light-dark(#rrggbb, #rrggbb). */
const colours = new Map(
  [...css.matchAll(/--color-([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(
    ([, name = "", light = "", dark = ""]) => [name, [light, dark] as const],
  ),
);

const surfaces = ["canvas", "panel", "raise", "well", "chosen"];
const states = ["ok", "cooling", "bad", "probing", "waiting"];

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

/** Contrast ratio, WCAG 2.2: 1 (none) to 21 (black on white). */
function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

function pair(front: string, back: string, theme: 0 | 1): number {
  const ink = colours.get(front);
  const ground = colours.get(back);
  if (!ink || !ground) throw new Error(`no such token: ${front} on ${back}`);
  return contrast(ink[theme], ground[theme]);
}

test("the measure gives the ratios that WCAG names", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});

test("every colour is written once, for both themes", () => {
  const declared = [...css.matchAll(/--color-([a-z0-9-]+):/g)].map(([, name]) => name);
  expect(declared).toEqual([...colours.keys()]);
});

test("no size is under 12 px", () => {
  const sizes = [...css.matchAll(/--text-[a-z]+: (\d+)px/g)].map(([, size]) => Number(size));
  expect(sizes).not.toHaveLength(0);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(12);
});

describe.each([
  ["light", 0],
  ["dark", 1],
] as const)("in the %s theme", (_, theme) => {
  const text = [
    ...["ink", "ink-2", "ink-3", "accent"].flatMap((ink) => surfaces.map((surface) => [ink, surface])),
    ...states.flatMap((state) => [
      [state, `${state}-well`],
      ["ink", `${state}-well`],
      ...["canvas", "panel", "raise"].map((surface) => [state, surface]),
    ]),
    ["accent-ink", "accent"],
  ] as [string, string][];

  test.each(text)("%s reads on %s (4.5:1)", (front, back) => {
    expect(pair(front, back, theme)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(["canvas", "panel", "raise"])("a control's border and its focus show on %s (3:1)", (back) => {
    expect(pair("edge", back, theme)).toBeGreaterThanOrEqual(3);
    expect(pair("accent", back, theme)).toBeGreaterThanOrEqual(3);
  });
});
