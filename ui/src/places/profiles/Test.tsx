import { Check as Tick, Minus, X } from "lucide-react";
import { useId, useState, type ReactNode } from "react";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { count, money, span } from "../../figures.ts";
import type { Check, TestCost, TestResult } from "../../host/generated.ts";
import { HostError, useHost, type Host } from "../../host/host.ts";
import { strings } from "../../strings.ts";

const words = strings.profiles.test;
const checkWords = strings.profiles.check;

interface TestProps {
  profile: string;
  /** What a test costs. */
  cost: TestCost;
  /** What is tested is the file, not what stands in the form. */
  unsaved: boolean;
  title: ReactNode;
  /** What stands right of the button. */
  children: ReactNode;
}

/** The head of a profile with its check, which is free, and its test, which is one tiny real request; under them what came of it. */
export function Test({ profile, cost, unsaved, title, children }: TestProps) {
  const host = useHost();
  const [aboutCheck, aboutTest] = [useId(), useId()];
  const [busy, setBusy] = useState<"check" | "test">();
  const [checks, setChecks] = useState<readonly Check[]>([]);
  const [result, setResult] = useState<TestResult>();
  const [error, setError] = useState<HostError>();
  const run = async (what: "check" | "test", act: (host: Host) => Promise<void>) => {
    setBusy(what);
    setError(undefined);
    setResult(undefined);
    setChecks([]);
    try {
      await act(host);
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    } finally {
      setBusy(undefined);
    }
  };
  const test = () =>
    run("test", async (host) => {
      setResult(await host.perform("test_profile", { name: profile }));
    });
  const check = () =>
    run("check", async (host) => {
      const address = await host.perform("check_member", { member: profile, what: "address" });
      setChecks([address]);
      setChecks([address, await host.perform("check_member", { member: profile, what: "key" })]);
    });
  const spends = costWord(cost);
  return (
    <div className="px-5 pt-4 pb-3">
      <div className="flex flex-wrap items-start gap-x-2 gap-y-2">
        {title}
        <Button
          data-testid="check-profile"
          aria-describedby={aboutCheck}
          disabled={busy !== undefined}
          onClick={() => void check()}
          className="min-w-20"
        >
          {busy === "check" ? checkWords.busy : checkWords.action}
        </Button>
        <Button
          data-testid="test-profile"
          aria-describedby={aboutTest}
          disabled={busy !== undefined}
          onClick={() => void test()}
          className="min-w-20"
        >
          {busy === "test" ? words.busy : words.action}
        </Button>
        {children}
      </div>
      <p id={aboutCheck} className="sr-only">
        {checkWords.why}
      </p>
      <p id={aboutTest} className="text-right text-small text-ink-3">
        {unsaved ? words.savedOnly(spends) : words.why(spends)}
      </p>
      <div role="status">
        {checks.length > 0 && <Checks checks={checks} />}
        {result && <Result result={result} />}
      </div>
      {error && (
        <div data-testid="test-result" data-ok="false">
          <ErrorNote error={error} />
        </div>
      )}
    </div>
  );
}

/** What a test costs, in words that read on from a colon. */
function costWord({ included, tokens, usd }: TestCost): string {
  if (included) return words.included;
  if (usd === null) return words.costUnknown(count(tokens));
  return words.costs(usd < 0.001 ? words.lessThan(money(0.001)) : money(usd), count(tokens));
}

/** Address and key, each with what came of its check. */
function Checks({ checks }: { checks: readonly Check[] }) {
  return (
    <dl data-testid="check-result" className="mt-3 grid gap-1 rounded-control bg-well px-3 py-2">
      {checks.map(({ what, ok, message }) => (
        <div key={what} data-check={what} data-ok={String(ok)} className="flex items-start gap-2.5">
          {ok === true ? (
            <Tick className="mt-0.5 size-4 shrink-0 text-ok" aria-hidden="true" />
          ) : ok === false ? (
            <X className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden="true" />
          ) : (
            <Minus className="mt-0.5 size-4 shrink-0 text-ink-3" aria-hidden="true" />
          )}
          <dt className="w-16 shrink-0 font-medium">{checkWords[what]}</dt>
          <dd className="min-w-0 wrap-anywhere">{message}</dd>
        </div>
      ))}
    </dl>
  );
}

function Result({ result }: { result: TestResult }) {
  return (
    <div
      data-testid="test-result"
      data-ok={result.ok}
      className={`mt-3 flex items-start gap-2.5 rounded-control px-3 py-2 ${result.ok ? "bg-ok-well" : "bg-bad-well"}`}
    >
      {result.ok ? (
        <Tick className="mt-0.5 size-4 shrink-0 text-ok" aria-hidden="true" />
      ) : (
        <X className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden="true" />
      )}
      <div className="min-w-0 wrap-anywhere">
        <p className="font-medium">
          {result.ok ? words.answered(span(result.tookMs)) : (result.message ?? words.failed(span(result.tookMs)))}
        </p>
        {result.answer !== null && <p>{words.said(result.answer)}</p>}
        {result.model !== null && <p className="font-mono text-small">{result.model}</p>}
        {result.hint !== null && <p>{result.hint}</p>}
      </div>
    </div>
  );
}
