import { Check, X } from "lucide-react";
import { useId, useState, type ReactNode } from "react";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { span } from "../../figures.ts";
import type { TestResult } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";

const words = strings.profiles.test;

interface TestProps {
  profile: string;
  /** What is tested is the file, not what stands in the form. */
  unsaved: boolean;
  title: ReactNode;
  /** What stands right of the button. */
  children: ReactNode;
}

/** The head of a profile with its test: one tiny real request, and under it what came of it. */
export function Test({ profile, unsaved, title, children }: TestProps) {
  const host = useHost();
  const about = useId();
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<TestResult>();
  const [error, setError] = useState<HostError>();
  const test = async () => {
    setBusy(true);
    setError(undefined);
    setResult(undefined);
    try {
      setResult(await host.perform("test_profile", { name: profile }));
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="px-5 pt-4 pb-3">
      <div className="flex flex-wrap items-start gap-x-2 gap-y-2">
        {title}
        <Button
          data-testid="test-profile"
          aria-describedby={about}
          disabled={busy}
          onClick={() => void test()}
          className="min-w-20"
        >
          {busy ? words.busy : words.action}
        </Button>
        {children}
      </div>
      <p id={about} className={unsaved ? "text-right text-small text-ink-3" : "sr-only"}>
        {unsaved ? words.savedOnly : words.why}
      </p>
      <div role="status">{result && <Result result={result} />}</div>
      {error && (
        <div data-testid="test-result" data-ok="false">
          <ErrorNote error={error} />
        </div>
      )}
    </div>
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
        <Check className="mt-0.5 size-4 shrink-0 text-ok" aria-hidden="true" />
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
