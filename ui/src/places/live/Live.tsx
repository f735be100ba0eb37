import { Suspense, useEffect, useState } from "react";
import { Button } from "../../components/Button.tsx";
import { EndedLogins } from "../../components/EndedLogins.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { Notice } from "../../components/Notice.tsx";
import { SecretsNotice } from "../../components/KeepSecrets.tsx";
import { Sentence } from "../../components/Sentence.tsx";
import { StartAgain } from "../../components/StartAgain.tsx";
import { inkOf } from "../../components/StateMark.tsx";
import { useAsked, useDo } from "../../ask.ts";
import { useLive } from "../../feed.tsx";
import { count, money } from "../../figures.ts";
import type { LiveState } from "../../host/generated.ts";
import type { HostError } from "../../host/host.ts";
import { Guide } from "../../parts.ts";
import { strings } from "../../strings.ts";
import { spoken } from "../../words.ts";
import type { Aim, Go } from "../go.ts";
import { Requests } from "./Requests.tsx";
import { Members } from "./Members.tsx";
import { RouteSwitch } from "./RouteSwitch.tsx";
import { Welcome } from "./welcome/Welcome.tsx";
import { protection, truth, type Action, type Truth } from "./sentence.ts";

const words = strings.live;

interface LiveProps {
  /** What to show, when the user was sent here. */
  aim: Extract<Aim, { place: "live" }> | undefined;
  go: Go;
}

/** Home: who is serving, whether that is protected, and what, if anything, needs the user. */
export function Live({ aim, go }: LiveProps) {
  const { state, lost, exchanges } = useLive();
  const [guiding, setGuiding] = useState(false);
  const [followed, setFollowed] = useState<typeof aim>();
  if (aim && aim !== followed) {
    setFollowed(aim);
    if (aim.guide) setGuiding(true);
  }
  if (guiding && state && !lost) {
    return (
      <Suspense>
        <Guide.Part
          state={state}
          shown={aim !== undefined}
          go={go}
          onLeave={() => {
            setGuiding(false);
          }}
        />
      </Suspense>
    );
  }
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
          <Welcome
            state={state}
            go={go}
            onGuide={() => {
              setGuiding(true);
            }}
          />
          {state.active && state.members.length > 0 && <Members state={state} />}
          {(state.active !== null || exchanges.length > 0) && <Requests />}
        </>
      )}
    </>
  );
}

const headline = "text-title font-semibold tracking-tight";

/** What has become of the gateway: it can't be reached, it ended, or it never began. */
function lostWord({ code }: HostError): string {
  if (code === "engine_stopped") return words.stopped;
  return ["shell_unreachable", "engine_unreachable", "session_closed"].includes(code) ? words.lost : words.notStarted;
}

function Lost({ error }: { error: HostError }) {
  return (
    <>
      <h1 data-testid="live-sentence" className={`${headline} text-bad`}>
        {lostWord(error)}
      </h1>
      <div className="text-body">
        <ErrorNote error={error} />
      </div>
      <StartAgain error={error} />
    </>
  );
}

function Head({ state, go }: { state: LiveState; go: Go }) {
  const { data } = useAsked("profiles", {});
  const logins = data?.profiles.filter(({ credential }) => credential.problem === "login_needed") ?? [];
  const told = truth(state, useLastBalancer(state), new Set(logins.map((profile) => profile.name)));
  useEffect(() => {
    // When the window can be used, for whoever measures.
    performance.mark("interactive");
  }, []);
  return (
    <>
      {state.notice && <SecretsNotice notice={state.notice} />}
      {state.history && <Notice notice={state.history} />}
      <EndedLogins go={go} />
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
  const { data } = useAsked("profiles", {});
  const run = (action: Action) => {
    switch (action.kind) {
      case "create-profile":
        go({ place: "profiles", create: true });
        break;
      case "give-key":
        go({ place: "profiles", profile: action.profile });
        break;
      case "log-in": {
        const provider = data?.profiles.find((profile) => profile.name === action.profile)?.provider;
        go(
          provider === undefined
            ? { place: "accounts" }
            : { place: "accounts", login: { provider, account: "default" } },
        );
        break;
      }
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
