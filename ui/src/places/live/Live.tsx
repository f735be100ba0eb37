import { useState } from "react";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Sentence } from "../../components/Sentence.tsx";
import { inkOf } from "../../components/StateMark.tsx";
import { useDo } from "../../ask.ts";
import { useFollowAgain, useLive } from "../../feed.tsx";
import { count, money } from "../../figures.ts";
import type { LiveState } from "../../host/generated.ts";
import type { HostError } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { spoken } from "../../words.ts";
import type { Go } from "../go.ts";
import { Requests } from "./Requests.tsx";
import { Members } from "./Members.tsx";
import { RouteSwitch } from "./RouteSwitch.tsx";
import { protection, truth, type Action, type Truth } from "./sentence.ts";

const words = strings.live;

/** Home: who is serving, whether that is protected, and what, if anything, needs the user. */
export function Live({ go }: { go: Go }) {
  const { state, lost, exchanges } = useLive();
  return (
    <>
      {lost ? (
        <Lost error={lost} />
      ) : state ? (
        <Head state={state} go={go} />
      ) : (
        <h1 className={headline}>{words.asking}</h1>
      )}
      {state && !lost && (
        <>
          {state.active && state.members.length > 0 && <Members state={state} />}
          {(state.active !== null || exchanges.length > 0) && <Requests />}
        </>
      )}
    </>
  );
}

const headline = "text-title font-semibold tracking-tight";

function Lost({ error }: { error: HostError }) {
  const again = useFollowAgain();
  return (
    <>
      <h1 data-testid="live-sentence" className={`${headline} text-bad`}>
        {words.lost}
      </h1>
      <div className="text-body">
        <ErrorNote error={error} />
      </div>
      <Button className="mt-4" onClick={again}>
        {words.followAgain}
      </Button>
    </>
  );
}

function Head({ state, go }: { state: LiveState; go: Go }) {
  const told = truth(state, useLastBalancer(state));
  return (
    <>
      {state.notice && <Notice notice={state.notice} />}
      {state.history && <Notice notice={state.history} />}
      <div className="flex flex-wrap items-start gap-x-6 gap-y-3">
        <div className="min-w-0 flex-1 basis-90">
          <h1
            data-testid="live-sentence"
            data-kind={told.kind}
            className={`${headline} ${told.tone === "bad" ? inkOf("bad") : ""}`}
          >
            <Sentence text={told.text} nameClass={inkOf(told.tone)} />
          </h1>
          <Why told={told} go={go} />
          {/* Said once when it changes; the countdown stays out of it. */}
          <p role="status" className="sr-only">
            {spoken(told.text)}
          </p>
        </div>
        {state.routes.length > 0 && <RouteSwitch state={state} />}
      </div>
      {state.active && <Facts state={state} />}
    </>
  );
}

function Why({ told, go }: { told: Truth; go: Go }) {
  const act = useDo();
  const run = (action: Action) => {
    switch (action.kind) {
      case "create-profile":
        go({ place: "profiles", create: true });
        break;
      case "give-key":
        go({ place: "profiles", profile: action.profile });
        break;
      case "add-members":
        go({ place: "failover", balancer: action.balancer });
        break;
      case "use":
        void act((host) => host.perform("use_now", { name: action.route }));
        break;
      case "unpin":
        void act((host) => host.perform("unpin", { route: action.route }));
    }
  };
  const { action } = told;
  const beside = action?.kind === "use" || action?.kind === "unpin";
  return (
    <>
      <p className="mt-1 text-ink-2">
        <Sentence text={told.why} until={told.until} />
        {beside && (
          <>
            {" "}
            <button
              type="button"
              onClick={() => {
                run(action);
              }}
              className="font-medium text-accent hover:underline"
            >
              {action.label}
            </button>
          </>
        )}
      </p>
      {action && !beside && (
        // Nothing is served before it is done: it is the one thing to do here.
        <Button
          look="main"
          className="mt-3"
          onClick={() => {
            run(action);
          }}
        >
          {action.label}
        </Button>
      )}
    </>
  );
}

/** The balancer that was in use last, also while a single profile is. */
function useLastBalancer({ active }: LiveState): string | null {
  const [last, setLast] = useState<string | null>(null);
  const now = active?.balancer ? active.name : last;
  if (now !== last) setLast(now);
  return now;
}

function Facts({ state }: { state: LiveState }) {
  const { tone, head, detail } = protection(state);
  const facts = [
    [count(state.today.requests), words.factRequests],
    [count(state.today.saved), words.factSaved],
    [count(state.today.failed), words.factFailed],
    [money(state.today.costMicroUsd / 1e6), state.today.costUnknown > 0 ? words.factCostAtLeast : words.factCost],
  ] as const;
  return (
    <dl className="mt-4 mb-4 flex flex-wrap gap-x-7 gap-y-2 text-small text-ink-3">
      <Fact value={head} label={detail} valueClass={inkOf(tone)} testId="protection" />
      {facts.map(([value, label]) => (
        <Fact key={label} value={value} label={label} valueClass="text-ink tabular-nums" />
      ))}
    </dl>
  );
}

interface FactProps {
  value: string;
  label: string;
  valueClass: string;
  testId?: string;
}

function Fact({ value, label, valueClass, testId }: FactProps) {
  return (
    <div className="flex flex-col" data-testid={testId}>
      <dt className="order-2 wrap-anywhere">{label}</dt>
      <dd className={`text-strong font-semibold ${valueClass}`}>{value}</dd>
    </div>
  );
}
