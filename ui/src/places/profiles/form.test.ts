import { describe, expect, test } from "vitest";
import { recipeWorld, rehearse } from "../../host/rehearsal-cases.ts";
import { draftOf, emptyValues, nameProblem, rules, valuesOf, type Values } from "./form.ts";

const providers = recipeWorld().catalogue;
const good: Values = { ...emptyValues, name: "spare", provider: "anthropic", model: "claude-haiku-4-5" };

/** The places and the words of what is wrong. */
function wrong(change: Partial<Values>, taken: readonly string[] | "settled" = []): [string, string][] {
  const { error } = rules(taken === "settled" ? undefined : taken, providers).safeParse({ ...good, ...change });
  return (error?.issues ?? []).map((issue) => [issue.path.join("."), issue.message]);
}

test("the smallest profile is a name, a provider and a model", () => {
  expect(wrong({})).toEqual([]);
});

test.each<[Partial<Values>, string, RegExp]>([
  [{ name: " " }, "name", /Give it a name/],
  [{ name: "a/b" }, "name", /slash/],
  [{ name: ".." }, "name", /name of a file/],
  [{ name: "C:x" }, "name", /name of a file/],
  [{ name: "ü".repeat(126) }, "name", /too long/],
  [{ name: "taken" }, "name", /already/],
  [{ provider: "" }, "provider", /Choose a provider/],
  [{ model: " " }, "model", /model/],
  [{ baseUrl: "localhost:8080" }, "baseUrl", /https/],
  [{ baseUrl: "ftp://example.com" }, "baseUrl", /https/],
  [{ provider: "openai-compatible", model: "x" }, "baseUrl", /needs an address/],
  [{ temperature: "2.1" }, "temperature", /0 to 2/],
  [{ temperature: "warm" }, "temperature", /0 to 2/],
  [{ maxTokens: "0" }, "maxTokens", /whole number/],
  [{ maxTokens: "8k" }, "maxTokens", /whole number/],
  [{ contextLimit: "1.5" }, "contextLimit", /whole number/],
  [{ timeoutMs: "-1" }, "timeoutMs", /whole number/],
  [{ dailyRequests: "0" }, "dailyRequests", /whole number/],
  [{ dailyUsd: "0" }, "dailyUsd", /amount above 0/],
  [{ dailyUsd: "1e3" }, "dailyUsd", /amount above 0/],
  [{ others: [{ key: "", value: "1" }] }, "others.0.key", /name/],
  [{ others: [{ key: "stop", value: "END" }] }, "others.0.value", /double quotes/],
  [{ others: [{ key: "top_p", value: "2" }] }, "others.0.value", /from 0 to 1/],
  [{ others: [{ key: "seed", value: "1.5" }] }, "others.0.value", /a whole number/],
  [{ map: [{ asked: "", serves: "m" }] }, "map.0.asked", /asked for/],
  [{ map: [{ asked: "*", serves: " " }] }, "map.0.serves", /serves/],
  [{ settings: ["8k"] }, "settings.0", /whole number/],
  [{ temperature: "1", others: [{ key: "temperature", value: "1" }] }, "others.0.key", /twice/],
])("%j is refused at %s", (change, place, words) => {
  expect(wrong(change, ["taken"])).toContainEqual([place, expect.stringMatching(words) as string]);
});

test("a parameter set twice is refused at its second place", () => {
  const row = { key: "top_p", value: "1" };
  expect(wrong({ others: [row, row] }).map(([place]) => place)).toEqual(["others.1.key"]);
});

test("the name of a file that exists is settled and not asked again", () => {
  expect(wrong({ name: "" }, "settled")).toEqual([]);
  expect(nameProblem("with space", [])).toBeUndefined();
});

describe("a profile", () => {
  test("comes out of the form as it went in", async () => {
    const profile = await rehearse("well").perform("profile", { name: "anthropic-primary" });
    const params = { temperature: 0.2, max_tokens: 8192, top_p: 0.9, stop: ["END"], thinking: { type: "enabled" } };
    const whole = {
      ...profile,
      params,
      baseUrl: "https://example.com",
      timeoutMs: 5000,
      dailyRequests: 200,
      dailyUsd: 2.5,
      settings: { "reasoning.enabled": true, "reasoning.effort": "low", maxOutputTokens: 4096 },
      models: { main: "m", small: null, map: [{ asked: "*opus*", serves: "o" }], keepClient: true },
      always: ["temperature", "reasoning"],
    };
    const { provider, model, contextLimit, baseUrl, timeoutMs, dailyRequests, dailyUsd, settings, models, always } =
      whole;
    expect(draftOf(valuesOf("anthropic-primary", whole))).toEqual({
      provider,
      model,
      params,
      contextLimit,
      baseUrl,
      timeoutMs,
      dailyRequests,
      dailyUsd,
      settings,
      models,
      always,
    });
  });

  test("keeps a value of an unexpected kind in a row of its own", async () => {
    const profile = await rehearse("well").perform("profile", { name: "anthropic-primary" });
    const odd = valuesOf("odd", { ...profile, params: { temperature: "warm" } });
    expect([odd.temperature, odd.others]).toEqual(["", [{ key: "temperature", value: '"warm"' }]]);
    expect(wrong({ others: odd.others })).toEqual([]);
    expect(draftOf(odd).params).toEqual({ temperature: "warm" });
  });
});
