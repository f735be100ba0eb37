import { expect, test } from "vitest";
import { grouped } from "../../host/rehearsal-history.ts";
import { recipeWorld } from "../../host/rehearsal-cases.ts";
import { costSaid, inOrder, success } from "./groups.ts";

const costs = { microUsd: 0, known: 0, included: 0, unknown: 0 };

test.each([
  [{ ...costs, known: 4, microUsd: 3_180_000 }, ["$3.18"]],
  [{ ...costs, known: 4, microUsd: 61_000, unknown: 2 }, ["$0.061", "and 2 unknown"]],
  [{ ...costs, known: 4, microUsd: 61_000, unknown: 2, included: 9 }, ["$0.061", "and 2 unknown", "9 included"]],
  [{ ...costs, included: 9 }, ["included"]],
  [{ ...costs, unknown: 1 }, ["unknown"]],
  [{ ...costs, unknown: 1, included: 9 }, ["unknown", "9 included"]],
  [costs, ["–"]],
])("a cost is never a nought where it is unknown or no money: %o", (cost, said) => {
  expect(costSaid(cost)).toEqual(said);
});

test("days go back from the last, all else goes by its requests", () => {
  const { exchanges } = recipeWorld();
  const members = inOrder("member", grouped(exchanges, ["member"]));
  expect(members.map((group) => [group.keys[0], group.requests])).toEqual(
    [
      ["anthropic-primary", 3],
      ["openai-backup", 5],
    ].toReversed(),
  );
  const days = ["2026-11-24", "2026-11-25"].map((day) => ({ ...members[0], keys: [day] }) as (typeof members)[number]);
  expect(inOrder("day", days).map((group) => group.keys[0])).toEqual(["2026-11-25", "2026-11-24"]);
});

test("what a tool cancelled does not count against success", () => {
  const [group] = grouped(recipeWorld().exchanges, []);
  if (!group) throw new Error("there is one");
  expect(success({ ...group, served: 7, failed: 1, truncated: 0, cancelled: 90 })).toBe(87.5);
  expect(success({ ...group, served: 0, failed: 0, truncated: 0, cancelled: 90 })).toBeNull();
});
