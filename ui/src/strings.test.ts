import { expect, test } from "vitest";
import { strings } from "./strings.ts";

/** Each text of the catalogue with its path; a text that takes a value is asked with a plain one. */
function texts(node: unknown, path: string): [string, string][] {
  if (typeof node === "string") return [[path, node]];
  if (typeof node === "function") return [[path, (node as (value: string) => string)("x")]];
  return Object.entries(node as object).flatMap(([key, value]) => texts(value, path ? `${path}.${key}` : key));
}

test.each(texts(strings, ""))("%s is calm and complete", (_, text) => {
  expect(text.trim()).toBe(text);
  expect(text).not.toBe("");
  expect(text).not.toContain("!");
  expect(text.split("`").length % 2).toBe(1);
});
