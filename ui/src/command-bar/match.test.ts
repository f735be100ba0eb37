import { expect, test } from "vitest";
import { matching } from "./match.ts";

const items = ["Use openai-backup alone now", "openai-backup", "Pin ha-failover to openai-backup", "Live"].map(
  (label) => ({ label, also: label === "Live" ? "home serving" : "" }),
);
const found = (typed: string) => matching(items, typed).map(({ label }) => label);

test("every typed word must be there, and what begins with it comes first", () => {
  expect(found("openai")).toEqual(["openai-backup", "Use openai-backup alone now", "Pin ha-failover to openai-backup"]);
  expect(found("pin backup")).toEqual(["Pin ha-failover to openai-backup"]);
  expect(found("serving")).toEqual(["Live"]);
  expect(found("open(ai")).toEqual([]);
  expect(found("")).toHaveLength(4);
});
