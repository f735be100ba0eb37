import { useQuery, keepPreviousData } from "@tanstack/react-query";
import { Check, CornerDownRight, X } from "lucide-react";
import { useState, type ReactNode } from "react";
import { keyOf } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { Select } from "../../components/Select.tsx";
import { Sentence } from "../../components/Sentence.tsx";
import { useLive } from "../../feed.tsx";
import { count } from "../../figures.ts";
import type { BalancerDetail, ForeseenStep, ForesightView } from "../../host/generated.ts";
import { useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";

const words = strings.failover.foresight;

const failures = ["rate-limit", "out-of-credit", "rejected-key", "down", "unreachable", "silent"] as const;
type Failure = (typeof failures)[number];

interface WhatIfProps {
  balancer: BalancerDetail;
  /** The place is open; nothing is asked while it is not. */
  shown: boolean;
}

/** Lets members fail in thought, and shows the way that a request would take. The balancer itself says it. */
export function WhatIf({ balancer, shown }: WhatIfProps) {
  const host = useHost();
  const [chosen, setChosen] = useState<Readonly<Record<string, Failure>>>({});
  const names = [...new Set(balancer.members.map((member) => member.profile))];
  const failing = names.flatMap((member) => {
    const failure = chosen[member];
    return failure ? [{ member, failure }] : [];
  });
  const input = { route: balancer.name, failures: failing };
  const { data, error } = useQuery({
    // Asked anew whenever somebody's health, the pin or the list is another.
    queryKey: [...keyOf("what_would_happen", input), useHealth(), balancer.fingerprint],
    queryFn: () => host.perform("what_would_happen", input),
    enabled: shown && names.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  const choices = [
    { value: "works", text: words.works },
    ...failures.map((failure) => ({ value: failure, text: words.failures[failure] })),
  ] as const;
  return (
    <section
      aria-labelledby="what-if"
      data-testid="what-if"
      className="self-start rounded-panel border border-line bg-panel p-4"
    >
      <h3 id="what-if" className="font-semibold">
        {words.title}
      </h3>
      <p className="mt-0.5 text-small text-ink-3">{words.lead}</p>
      <ul className="mt-3 grid max-w-100 gap-1.5">
        {names.map((name) => (
          <li key={name} className="grid grid-cols-[minmax(0,1fr)_148px] items-center gap-2">
            <span className="text-small font-medium wrap-anywhere">{name}</span>
            <Select
              label={words.fails(name)}
              value={chosen[name] ?? "works"}
              choices={choices}
              onChoose={(value) => {
                setChosen((before) => {
                  const rest = Object.fromEntries(Object.entries(before).filter(([member]) => member !== name));
                  return value === "works" ? rest : { ...rest, [name]: value };
                });
              }}
              className={`text-small ${chosen[name] ? "text-bad" : "text-ink-2"}`}
            />
          </li>
        ))}
      </ul>
      <Button
        look="quiet"
        className="-ml-2 mt-1 text-small"
        // Not disabled: focus would be lost. It says nothing new while nobody fails.
        aria-disabled={failing.length === 0}
        onClick={() => {
          setChosen({});
        }}
      >
        {words.clear}
      </Button>
      <div className="mt-2 border-t border-line pt-3.5" aria-live="polite">
        {error ? <ErrorNote error={error} /> : data ? <Way told={data} /> : <p className="text-ink-3">{words.asked}</p>}
      </div>
    </section>
  );
}

/** Changes when anything does that may change the way. */
function useHealth(): string {
  const { state } = useLive();
  const members = state?.members.map(({ name, state: now, until }) => `${name} ${now} ${String(until)}`);
  return [state?.active?.name, state?.active?.pinned, ...(members ?? [])].join("\n");
}

/** The way, drawn: from one mark to the next, down to who answers or to what the tool gets. */
function Way({ told }: { told: ForesightView }) {
  const failed = told.steps.some((step) => step.kind === "failed");
  return (
    <ol aria-label={words.way} data-testid="way" className="flex flex-col">
      {told.steps.map((step, at) => (
        <Step
          key={`${step.member ?? ""} ${step.kind} ${String(at)}`}
          mark={step.kind === "served" ? "served" : step.kind === "waited" ? "waited" : "out"}
          tone={step.kind === "served" ? "text-ok" : step.kind === "failed" ? "text-bad" : "text-cooling"}
          last={step.kind === "served"}
          testId={`step-${step.member ?? "held"}`}
          kind={step.kind}
        >
          <Happens step={step} failed={failed} waits={told.waitsMs} />
        </Step>
      ))}
      {told.servedBy === null && (
        <Step mark="told" tone="text-bad" last testId="step-nobody" kind="nobody">
          <p>
            <strong className="font-semibold text-ink">{words.nobody}</strong>{" "}
            {told.error === "offline" && `${words.offline} `}
            {words.toTool(String(told.status))} <span className="font-mono text-small text-ink-3">{told.error}</span>{" "}
            {told.retryAfterS === null ? words.noRetry : words.retry(lasting(told.retryAfterS * 1000))}
          </p>
        </Step>
      )}
    </ol>
  );
}

interface StepProps {
  mark: "served" | "out" | "waited" | "told";
  tone: string;
  last: boolean;
  testId: string;
  kind: string;
  children: ReactNode;
}

function Step({ mark, tone, last, testId, kind, children }: StepProps) {
  const Icon = mark === "served" ? Check : mark === "told" ? CornerDownRight : X;
  return (
    <li
      data-testid={testId}
      data-kind={kind}
      className="relative grid grid-cols-[18px_minmax(0,1fr)] gap-x-2.5 pb-3 last:pb-0"
    >
      {!last && <span aria-hidden="true" className="absolute top-5 bottom-[-2px] left-2 w-0.5 bg-line" />}
      <span
        aria-hidden="true"
        className={`mt-px grid size-4.5 place-items-center rounded-full ${
          mark === "served" ? "bg-ok text-panel" : `border-[1.500px] border-current bg-panel ${tone}`
        }`}
      >
        {mark === "waited" ? (
          <span className="font-mono text-small leading-none">…</span>
        ) : (
          <Icon className="size-3" strokeWidth={2.5} />
        )}
      </span>
      <div className="min-w-0 text-small leading-4.5 text-ink-2 wrap-anywhere">{children}</div>
    </li>
  );
}

function Happens({ step, failed, waits }: { step: ForeseenStep; failed: boolean; waits: number }) {
  const { member, account } = step;
  if (member === null) return words.held(lasting(step.tookMs));
  const name = (
    <strong className="font-semibold text-ink">{account === null ? member : words.account(member, account)}</strong>
  );
  const forced = step.forced && ` ${words.forced}`;
  switch (step.kind) {
    case "served":
      return (
        <p>
          {name} {words.serves}
          {forced} {failed && (waits > 0 ? words.later(lasting(waits)) : words.unnoticed)}
        </p>
      );
    case "failed":
      return (
        <p>
          {name} {words.failed[step.outcome] ?? words.failedElse}
          {forced} <span className="text-ink-3">{consequences(step).join(" ")}</span>
        </p>
      );
    case "skipped":
    case "waited": {
      const why = words.rests[step.outcome] ?? step.reason ?? step.outcome;
      const text = step.until === null ? words.skipped(why) : words.skippedFor(why);
      return (
        <p>
          {name} <Sentence text={text} until={step.until} />
        </p>
      );
    }
  }
}

/** What a failure leads to: how it shows, and how long the member rests. */
function consequences({ status, outcome, tookMs, restsMs, breaker }: ForeseenStep): string[] {
  const lines: string[] = [];
  if (status !== null) lines.push(words.status(String(status)));
  if (outcome === "timed-out") lines.push(words.givenUp(lasting(tookMs)));
  if (restsMs !== null) {
    const told = outcome === "rate-limited" || outcome === "quota-spent";
    lines.push((told ? words.restsOrTold : words.restsFor)(lasting(restsMs)));
  } else if (breaker !== null) {
    const { failures: counted, threshold, windowMs, recoveryMs } = breaker;
    lines.push(words.counted(count(counted), count(threshold), lasting(windowMs), lasting(recoveryMs)));
  }
  return lines;
}

/** A length of time in round words: `400 ms`, `30 s`, `15 min`, `6 h`. */
function lasting(ms: number): string {
  const tenth = (value: number) => String(Math.round(value * 10) / 10);
  if (ms < 1000) return strings.unit.milliseconds(String(Math.round(ms)));
  if (ms < 120_000 && ms !== 60_000) return strings.unit.seconds(tenth(ms / 1000));
  if (ms < 7_200_000) return words.minutes(tenth(ms / 60_000));
  return words.hours(tenth(ms / 3_600_000));
}
