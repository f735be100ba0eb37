import { expect, test } from "vitest";
import { MASK, masked, secretAt } from "./secret.ts";

test.each([
  ["/key sk-canary", `/key ${MASK}`],
  ["  /key  'sk canary'", `  /key  ${MASK}`],
  ["/key save work sk-canary", `/key save work ${MASK}`],
  ["/key load work", "/key load work"],
  ["/key sk-ant-your-key", "/key sk-ant-your-key"],
  ["/key save work your-gemini-key", "/key save work your-gemini-key"],
  ["/key -", "/key -"],
  ['/set custom-headers {"authorization":"canary"}', `/set custom-headers ${MASK}`],
  ["/set auth-key canary", `/set auth-key ${MASK}`],
  ["sk-ant-api03-canary-0123456789", MASK],
  ["export GEMINI_API_KEY=AIzaSyCanary0123456789", `export GEMINI_API_KEY=${MASK}`],
  ["/key", "/key"],
  ["/model claude-sonnet-4-5-20250929", "/model claude-sonnet-4-5-20250929"],
  ["/model qwen3-coder-480b-a35b-instruct", "/model qwen3-coder-480b-a35b-instruct"],
])("%s is shown as %s", (line, shown) => {
  expect(masked(line)).toBe(shown);
});

test("a word that may still become a subcommand is not taken for a key while it is typed", () => {
  expect(secretAt("/key s", true)).toBeUndefined();
  expect(secretAt("/key li", true)).toBeUndefined();
  expect(secretAt("/key sk", true)).toBe(5);
  expect(secretAt("/key s")).toBe(5);
});
