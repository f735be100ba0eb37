import { expect, test } from "vitest";
import type { ProfileRow, StarterMemberView, StarterOutcome, StarterView } from "../../host/generated.ts";
import { choiceOf, membersOf, othersFor, verdictOf, waysOf, type Choices } from "./settling.ts";

const member = (name: string, state = "missing"): StarterMemberView => ({
  name,
  weight: 1,
  provider: "openai",
  model: "gpt-5.2",
  state,
  details: [],
  credential: null,
});
const profile = (name: string, practice = false) => ({ name, practice }) as ProfileRow;
const starter = (...members: StarterMemberView[]) => ({ members }) as StarterView;
const other = (name: string) => ({ way: "other", provider: "", model: "", other: name }) as const;

test("a member has the ways of its state, the usual one first", () => {
  const some = [profile("mine")];
  expect(waysOf(member("a"), some)).toEqual(["create", "other", "leave"]);
  expect(waysOf(member("a"), [])).toEqual(["create", "leave"]);
  expect(waysOf(member("a", "same"), some)).toEqual(["use", "other", "leave"]);
  expect(waysOf(member("a", "differs"), [])).toEqual(["use", "overwrite", "leave"]);
  expect(waysOf(member("a", "unusable"), some)).toEqual(["leave", "other"]);
});

test("a choice that no longer fits gives way to the usual one", () => {
  const create: Choices = { a: { way: "create", provider: "gemini", model: "m", other: "" } };
  expect(choiceOf(member("a"), create)).toMatchObject({ way: "create", provider: "gemini" });
  expect(choiceOf(member("a", "same"), create).way).toBe("use");
});

test("only own profiles that are not listed yet stand in a member's place", () => {
  const both = starter(member("a"), member("b"));
  const profiles = [profile("a"), profile("b"), profile("mine"), profile("yours"), profile("simulated", true)];
  const names = othersFor(member("a"), both, profiles, { b: other("mine") }).map(({ name }) => name);
  expect(names).toEqual(["b", "yours"]);
});

test("choices become what the engine takes", () => {
  const all = starter(member("a"), member("b", "same"), member("c", "differs"), member("d"));
  const choices: Choices = { c: { ...other(""), way: "overwrite" }, d: other("mine") };
  expect(membersOf(all, choices)).toEqual([
    { name: "a", action: "create", provider: "openai", model: "gpt-5.2" },
    { name: "b", action: "use" },
    { name: "c", action: "replace" },
    { name: "d", action: "replace", profile: "mine" },
  ]);
});

test("the verdict names the first thing that stands in the way", () => {
  const credential = (name: string, usable: boolean) => ({ profile: name, usable, source: "", takesKey: name !== "c" });
  const change = { line: 0, kind: "replace", name: "list", details: [] };
  const outcome: StarterOutcome = {
    balancer: "list",
    members: ["a", "b", "c"],
    changes: [change],
    credentials: [credential("a", false), credential("b", false), credential("c", false)],
    undo: null,
  };
  const known = { modelless: undefined, outcome, refused: false, keyed: new Set<string>(), agreed: false };
  expect(verdictOf({ ...known, modelless: "a" })).toEqual({ kind: "modelless", name: "a" });
  expect(verdictOf({ ...known, refused: true })).toEqual({ kind: "refused" });
  expect(verdictOf({ ...known, outcome: undefined })).toEqual({ kind: "looking" });
  // A key that would not be used makes nobody serve.
  expect(verdictOf({ ...known, keyed: new Set(["c"]) })).toEqual({ kind: "keyless" });
  expect(verdictOf({ ...known, keyed: new Set(["a"]) })).toEqual({ kind: "disagreed" });
  expect(verdictOf({ ...known, keyed: new Set(["a"]), agreed: true })).toEqual({ kind: "alone", name: "a" });
  expect(verdictOf({ ...known, keyed: new Set(["a", "b"]), agreed: true })).toEqual({
    kind: "ready",
    usable: 2,
    total: 3,
  });
});
