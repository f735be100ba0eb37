import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { strings } from "./strings.ts";
import { spoken } from "./words.ts";

/** Each text of the catalogue with its path; a text that takes values is asked with plain ones. */
function texts(node: unknown, path: readonly string[]): [string, string][] {
  if (typeof node === "string") return [[path.join("."), node]];
  if (typeof node === "function") {
    return [[path.join("."), (node as (...values: string[]) => string)("x", "y", "z")]];
  }
  return Object.entries(node as object).flatMap(([key, value]) => texts(value, [...path, key]));
}

const all = texts(strings, []);

/** Every file that may say a word: the sources without the catalogue and without tests. */
const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.tsx?$/u.test(file) && !/\.test\.|strings\.ts|rehearsal|generated|test-/u.test(file))
  .map((file) => readFileSync(join(import.meta.dirname, file), "utf8"));

/** Whether `source` asks for a word of the group by a name that only the engine knows: strings.state[state]. */
function asksByName(source: string, group: readonly string[]): boolean {
  const own = /const words = strings\.([\w.]+);/u.exec(source)?.[1]?.split(".") ?? [];
  const inside = own.join(".") === group.join(".");
  const last = group.at(-1) ?? "";
  return (
    new RegExp(`\\.${last}\\[|words=\\{[\\w.]*\\.${last}\\}|\\bin ${last}\\b`, "u").test(source) ||
    (inside && source.includes("words["))
  );
}

test.each(all)("%s is calm and complete", (_, text) => {
  expect(spoken(text).trim()).toBe(spoken(text));
  expect(text).not.toBe("");
  expect(text).not.toContain("!");
  expect(text.split("`").length % 2).toBe(1);
});

test.each(all.map(([path]) => path))("%s is said somewhere", (path) => {
  const group = path.split(".");
  const last = group.pop() ?? "";
  const said = new RegExp(`\\.${last}\\b`, "u");
  expect(sources.some((source) => said.test(source) || asksByName(source, group))).toBe(true);
});
