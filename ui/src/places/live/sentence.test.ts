import { describe, expect, test } from "vitest";
import { rehearse, type Case } from "../../host/rehearsal-cases.ts";
import { pieces } from "../../words.ts";
import { alsoInUse } from "./elsewhere.ts";
import { currentShare, protection, truth } from "./sentence.ts";

/** The sentence as it is read, with the countdown as (time). */
const read = (sentence: string) =>
  pieces(sentence)
    .map((piece) => (piece.kind === "countdown" ? "(time)" : piece.text))
    .join("");

const cases: [Case, string, string, string][] = [
  ["well", "serving", "anthropic-primary is serving", "First of 3 in ha-failover."],
  [
    "cooling",
    "serving",
    "openai-backup is serving",
    "anthropic-primary: 429, hit its rate limit. It is first again in (time).",
  ],
  [
    "sharing",
    "sharing",
    "anthropic-primary, openai-backup and gemini-fallback share the load",
    "By weight: anthropic-primary 70 %, openai-backup 20 % and gemini-fallback 10 %.",
  ],
  [
    "sharing-out",
    "sharing",
    "openai-backup and gemini-fallback share the load",
    "By weight: openai-backup 67 % and gemini-fallback 33 %. anthropic-primary: 429, hit its rate limit. It is back in (time).",
  ],
  [
    "roundrobin",
    "sharing",
    "anthropic-primary, openai-backup and gemini-fallback share the load",
    "Each in its turn, the same number of requests.",
  ],
  ["single", "alone", "anthropic-primary alone serves", "Failover is off."],
  [
    "idle",
    "idle",
    "anthropic-primary serves the next request",
    "No request has come yet. Give a tool the address and the token: both can be copied under “Gateway running”.",
  ],
  ["all-out", "all-out", "No member can serve now", "openai-backup is the soonest, in (time)."],
  [
    "last-one",
    "serving",
    "openai-backup is serving",
    "anthropic-primary: 429, hit its rate limit. It is first again in (time).",
  ],
  ["probing", "serving", "openai-backup is serving", "anthropic-primary: one request is trying it."],
  ["pinned", "pinned", "gemini-fallback is serving", "Pinned to gemini-fallback until you unpin."],
  [
    "taken-out",
    "serving",
    "openai-backup is serving",
    "anthropic-primary: taken out by you for a minute. It is first again in (time).",
  ],
  [
    "offline",
    "offline",
    "Nothing can be reached: this machine seems to be offline.",
    "No member is marked for it. Requests are served again as soon as the network is back.",
  ],
  ["several", "serving", "anthropic-primary is serving", "First of 3 in ha-failover."],
  ["needs-key", "needs-credential", "No member has a key or a login yet", "Nothing can be served before one has."],
  [
    "practice",
    "idle",
    "practice-anthropic serves the next request",
    "No request has come yet. Give a tool the address and the token: both can be copied under “Gateway running”.",
  ],
  [
    "no-active",
    "nothing-active",
    "Nothing is set to serve",
    "Choose a load balancer or a profile for requests that name none.",
  ],
  [
    "empty",
    "no-profiles",
    "There is no profile yet",
    "A profile says which provider and model answer. One is enough to begin; two protect each other.",
  ],
];

test.each(cases)("%s: the case is %s", (name, kind, text, why) => {
  const told = truth(rehearse(name).state(), null);
  expect([told.kind, read(told.text), read(told.why)]).toEqual([kind, text, why]);
  expect(told.why.includes("\ufffc")).toBe(told.until !== null);
});

test("a login that is not there is asked for before a key", () => {
  const state = rehearse("needs-login").state();
  expect(truth(state, null, new Set(["openai-backup"]))).toMatchObject({
    kind: "needs-login",
    action: { kind: "log-in", label: "Log in", profile: "openai-backup" },
  });
  expect(truth(state, null).kind).toBe("needs-credential");
});

test("what else is in use is what tools asked for by name lately", () => {
  const { world } = rehearse("several");
  const state = rehearse("several").state();
  expect(alsoInUse(state, world.exchanges)).toEqual([{ route: "ha-weighted", requests: 2 }]);
  expect(alsoInUse({ ...state, now: world.now + 600_000 }, world.exchanges)).toEqual([]);
  expect(alsoInUse({ ...state, routes: [] }, world.exchanges)).toEqual([]);
  const tests = world.exchanges.map((exchange) => ({ ...exchange, tool: "Mainstay" }));
  expect(alsoInUse(state, tests)).toEqual([]);
});

test("a machine that is offline says so before anything else", () => {
  const state = { ...rehearse("well").state(), offline: 1 };
  expect(truth(state, null)).toMatchObject({ kind: "offline", tone: "bad", action: null });
});

test("where conversations stay, shares are of conversations", () => {
  const host = rehearse("sharing");
  for (const cast of host.world.balancers) cast.sticky = true;
  expect(read(truth(host.state(), null).why)).toMatch(/^By weight, of conversations: anthropic-primary 70 %/);
  const turns = rehearse("roundrobin");
  for (const cast of turns.world.balancers) cast.sticky = true;
  expect(truth(turns.state(), null).why).toBe("Each in its turn, the same number of conversations.");
});

test("a pin whose member is out says who serves meanwhile, and why", () => {
  const host = rehearse("cooling");
  if (host.world.balancers[0]) host.world.balancers[0].pinned = "anthropic-primary";
  const { kind, text, why, action } = truth(host.state(), null);
  expect([kind, read(text)]).toEqual(["pinned", "openai-backup is serving"]);
  expect(read(why)).toBe(
    "Pinned to anthropic-primary until you unpin. anthropic-primary: 429, hit its rate limit. It is back in (time).",
  );
  expect(action).toMatchObject({ kind: "unpin", route: "ha-failover" });
});

describe("the one next action", () => {
  test("of a single profile is the way back to the balancer that was in use before", () => {
    const state = rehearse("single").state();
    expect(truth(state, "ha-weighted").action).toEqual({
      kind: "use",
      label: "Back to ha-weighted",
      route: "ha-weighted",
    });
    expect(truth(state, null).action).toMatchObject({ route: "ha-failover" });
    expect(truth({ ...state, routes: [] }, "ha-weighted").action).toBeNull();
  });

  test("of a list without any key is to give the first one its key", () => {
    expect(truth(rehearse("needs-key").state(), null).action).toMatchObject({
      kind: "give-key",
      profile: "anthropic-primary",
    });
  });

  test("of a balancer without members is to add some", () => {
    const state = { ...rehearse("well").state(), members: [] };
    expect(truth(state, null)).toMatchObject({
      kind: "empty-balancer",
      action: { kind: "add-members", balancer: "ha-failover" },
    });
  });
});

test("a single profile that is out says why and until when", () => {
  const rehearsal = rehearse("cooling");
  rehearsal.world.active = "anthropic-primary";
  const told = truth(rehearsal.state(), null);
  expect(read(told.text)).toBe("anthropic-primary can’t serve now");
  expect(read(told.why)).toBe("anthropic-primary: 429, hit its rate limit. It is back in (time).");
});

test("others that are out are named too, and a full stop of the engine's is not doubled", () => {
  const rehearsal = rehearse("cooling");
  Object.assign(rehearsal.world.profiles[0]?.live ?? {}, { why: "It timed out." });
  Object.assign(rehearsal.world.profiles[1]?.live ?? {}, { state: "open", until: null, why: "503" });
  const told = truth(rehearsal.state(), null);
  expect(read(told.why)).toBe("anthropic-primary: It timed out. It is first again in (time). Also out: openai-backup.");
});

test.each([
  ["well", "Protected", "3 of 3 ready"],
  ["cooling", "Protected", "2 of 3 ready"],
  ["last-one", "Not protected", "only openai-backup works"],
  ["single", "Not protected", "only anthropic-primary works"],
  ["all-out", "Not protected", "no member works"],
] as const)("%s: %s, %s", (name, head, detail) => {
  expect(protection(rehearse(name).state())).toMatchObject({ head, detail });
});

test("what a member that is out leaves is shared by the others in proportion", () => {
  const { members } = rehearse("sharing-out").state();
  const shares = members.map((member) => currentShare(members, member));
  expect(shares).toEqual([0, 20 / 30, 10 / 30]);
});
