import { expect, test } from "vitest";
import type { Change, ConsoleOutput } from "../host/generated.ts";
import { rowsOf } from "./plan.ts";

const change = (line: number, kind: string, name: string): Change => ({ line, kind, name, details: [] });
const looked = (part: Partial<ConsoleOutput>): ConsoleOutput => ({
  ran: [],
  changes: [],
  wanted: [],
  logins: [],
  undo: null,
  failed_line: null,
  problem: null,
  ...part,
});
const told = (rows: ReturnType<typeof rowsOf>) => rows.map(({ line, state, change: of }) => [line, state, of?.name]);

test("a line that is passed over stays in the list, and what comes after one that can't run waits", () => {
  const known = new Map(
    [change(3, "create", "a"), change(6, "create", "ha"), change(7, "load", "ha")].map((of) => [of.line, of]),
  );
  expect(told(rowsOf(looked({ failed_line: 6 }), known, new Set([3])))).toEqual([
    [3, "skipped", "a"],
    [6, "failed", "ha"],
    [7, "unreached", "ha"],
  ]);
});

test("what is no change any more leaves the list", () => {
  const known = new Map([[3, change(3, "create", "a")]]);
  expect(rowsOf(looked({}), known, new Set())).toEqual([]);
});

test("a key is asked for with the profile that is saved with it, or alone where that stays as it is", () => {
  const wanted = (line: number, name: string) => ({ line, provider: "openai", name, kept: false });
  const rows = rowsOf(
    looked({ changes: [change(5, "create", "a")], wanted: [wanted(2, "a"), wanted(8, "b")] }),
    new Map(),
    new Set(),
  );
  expect(rows.map((row) => [row.line, row.change?.name, row.wanted?.name])).toEqual([
    [5, "a", "a"],
    [8, undefined, "b"],
  ]);
});
