import { expect, test } from "vitest";
import { Block, isBlock } from "./block.ts";

test("a block is shown without its keys, and lets go of them", () => {
  const block = new Block("# OpenAI\r\n/key sk-canary\r\n/model gpt-5.2\n");
  expect(block.shown).toEqual(["# OpenAI", "/key ••••••••", "/model gpt-5.2", ""]);
  expect(block.text()).toBe("# OpenAI\n/key sk-canary\n/model gpt-5.2\n");
  expect(block.text(1)).toBe("# OpenAI");
  expect(JSON.stringify(block)).not.toContain("canary");
  expect([block.isOpen(2), block.isOpen(3)]).toEqual([false, true]);
  block.forget();
  expect(block.text()).not.toContain("canary");
});

test("a line is corrected without losing the others", () => {
  const block = new Block("/key sk-canary\n/modle x").corrected(2, "/model x");
  expect(block.text()).toBe("/key sk-canary\n/model x");
});

test("one command with the end of its line is no block", () => {
  expect(isBlock("/profile list\n")).toBe(false);
  expect(isBlock("/auth gemini enable\n\n/auth qwen enable")).toBe(true);
});
