import { useState } from "react";
import type { TestResult } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";

/** What came of a member's test: under way, what the engine said, or why it could not be asked. */
export type Tested = "busy" | TestResult | HostError;

/** Tests of a balancer's members, all at once, each with one tiny real request. */
export interface MemberTests {
  of: (profile: string) => Tested | undefined;
  busy: boolean;
  /** How many answered and how many were tested, once all are through. */
  done: { ok: number; of: number } | undefined;
  run: (profiles: readonly string[]) => void;
}

export function useMemberTests(): MemberTests {
  const host = useHost();
  const [results, setResults] = useState<Readonly<Record<string, Tested>>>({});
  const all = Object.values(results);
  const busy = all.includes("busy");
  const answered = all.filter((each) => each !== "busy" && !(each instanceof HostError) && each.ok).length;
  const run = (profiles: readonly string[]) => {
    const each = [...new Set(profiles)];
    setResults(Object.fromEntries(each.map((profile) => [profile, "busy"])));
    for (const profile of each) {
      const keep = (tested: Tested) => {
        setResults((known) => ({ ...known, [profile]: tested }));
      };
      host.perform("test_profile", { name: profile }).then(keep, (error: unknown) => {
        keep(error instanceof HostError ? error : new HostError("test_failed", String(error), ""));
      });
    }
  };
  const done = busy || all.length === 0 ? undefined : { ok: answered, of: all.length };
  return { of: (profile) => results[profile], busy, done, run };
}
