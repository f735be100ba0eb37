import type { ForeseenStep, ForesightInput, ForesightView, LiveMember } from "./generated.ts";

/** How a failure shows and how long its member rests. */
const failures: Readonly<Record<string, Pick<ForeseenStep, "outcome" | "status" | "restsMs" | "breaker" | "tookMs">>> =
  {
    "rate-limit": { outcome: "rate-limited", status: 429, restsMs: 30_000, breaker: null, tookMs: 0 },
    "out-of-credit": { outcome: "quota-spent", status: 402, restsMs: 900_000, breaker: null, tookMs: 0 },
    "rejected-key": { outcome: "credential-rejected", status: 401, restsMs: 60_000, breaker: null, tookMs: 0 },
    down: { outcome: "overloaded", status: 503, restsMs: null, breaker: counts(), tookMs: 0 },
    unreachable: { outcome: "unreachable", status: null, restsMs: null, breaker: counts(), tookMs: 0 },
    silent: { outcome: "timed-out", status: null, restsMs: 60_000, breaker: null, tookMs: 120_000 },
  };

function counts() {
  return { failures: 1, threshold: 3, windowMs: 60_000, recoveryMs: 30_000 };
}

const blank = { account: null, status: null, reason: null, until: null, breaker: null, forced: false } as const;

/** What the engine would say, for members in their order. */
export function foresee(members: readonly LiveMember[], input: ForesightInput): ForesightView {
  const steps: ForeseenStep[] = [];
  for (const { name, state, until, why } of members) {
    const failure = failures[input.failures.find((each) => each.member === name)?.failure ?? ""];
    const step = { ...blank, member: name, tookMs: 0, restsMs: null };
    if (!["serving", "ready", "unchecked"].includes(state)) {
      const outcome = state === "cooling" ? "rate-limited" : state === "open" ? "breaker-open" : state;
      steps.push({ ...step, kind: "skipped", outcome, reason: why, until });
    } else if (failure) {
      steps.push({ ...step, ...failure, kind: "failed" });
    } else {
      steps.push({ ...step, kind: "served", outcome: "served" });
      break;
    }
  }
  const servedBy = steps.find((step) => step.kind === "served")?.member ?? null;
  const waitsMs = steps.reduce((sum, step) => sum + step.tookMs, 0);
  return servedBy === null
    ? { steps, servedBy, status: 429, error: "all_members_failed", retryAfterS: 30, waitsMs }
    : { steps, servedBy, status: 200, error: null, retryAfterS: null, waitsMs };
}
