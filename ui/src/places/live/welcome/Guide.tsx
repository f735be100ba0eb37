import { Search, X } from "lucide-react";
import { useRef, useState } from "react";
import { useAsked, useAskedAnew, useDo, useReadAgain, useUndoable } from "../../../ask.ts";
import { Button } from "../../../components/Button.tsx";
import { ErrorNote } from "../../../components/ErrorNote.tsx";
import { Sentence } from "../../../components/Sentence.tsx";
import { useLive } from "../../../feed.tsx";
import type { FoundKey, LiveState } from "../../../host/generated.ts";
import { HostError, useHost } from "../../../host/host.ts";
import { strings } from "../../../strings.ts";
import { listed } from "../../../words.ts";
import type { Go } from "../../go.ts";
import { ConnectStep, FailoverStep } from "./Finish.tsx";
import { MemberStep } from "./MemberStep.tsx";
import { Step } from "./Step.tsx";
import { choiceFor, isLoggedIn, leadsIn, waysIn, type Candidate, type WayIn } from "./ways.ts";

const words = strings.welcome;

/** The starter that is the recipe. */
const RECIPE = "reliability";

interface GuideProps {
  state: LiveState;
  /** It is in view. */
  shown: boolean;
  go: Go;
  onLeave: () => void;
}

/** The recipe, step by step: a way in for each provider, the list, a tool, and a failover to see. */
export function Guide({ state, shown, go, onLeave }: GuideProps) {
  const host = useHost();
  const act = useDo();
  const undoable = useUndoable();
  const readAgain = useReadAgain();
  const { data: starters, error } = useAskedAnew("starters", {}, shown);
  const { data: accounts } = useAskedAnew("accounts", {}, shown);
  const { data: providers = [] } = useAsked("catalogue", {});
  const [found, setFound] = useState<readonly FoundKey[]>();
  const [looking, setLooking] = useState(false);
  const [ways, setWays] = useState<Readonly<Record<string, WayIn>>>({});
  const [typed, setTyped] = useState<ReadonlySet<string>>(new Set());
  const fields = useRef(new Map<string, HTMLInputElement>());
  const [at, setAt] = useState(0);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<HostError>();
  // What was set up, and who is in it.
  const [done, setMade] = useState<{ route: string; members: readonly string[] }>();
  // Taken back, it is as if it had not been.
  const made = state.routes.some((route) => route.name === done?.route) ? done : undefined;
  const { exchanges } = useLive();
  const tool = exchanges.find((exchange) => exchange.tool !== null && exchange.tool !== "Mainstay")?.tool;

  const recipe = starters?.find((starter) => starter.id === RECIPE);
  if (error && !starters) return <ErrorNote error={error} />;
  if (!recipe) return null;
  const candidates = recipe.members.map((member): Candidate => {
    const of = accounts?.providers.find((each) => each.provider === member.provider);
    const key = found?.find((each) => each.provider === member.provider);
    const title = providers.find((each) => each.name === member.provider)?.title ?? member.provider;
    return { member, title, found: key, accounts: of };
  });
  const wayOf = (candidate: Candidate): WayIn => {
    const open = waysIn(candidate);
    const chosen = ways[candidate.member.name];
    return chosen && open.includes(chosen) ? chosen : (open[0] ?? "skip");
  };
  const leads = (each: Candidate) => leadsIn(each, wayOf(each), typed.has(each.member.name));
  const chosen = candidates.filter(leads);
  const total = candidates.length + 3;
  const stage = (step: number) => (step < at ? "past" : step === at ? "now" : "ahead");
  const back = (step: number) =>
    made === undefined
      ? () => {
          setAt(step);
        }
      : undefined;

  const look = async () => {
    setLooking(true);
    const keys = await act((to) => to.perform("find_keys", { file: null }));
    setLooking(false);
    if (keys) setFound(keys.filter((key) => recipe.members.some((member) => member.provider === key.provider)));
  };

  const setUp = async () => {
    setBusy(true);
    setRefusal(undefined);
    const keys = chosen
      .filter((each) => wayOf(each) === "key")
      .map(({ member }) => ({ profile: member.name, key: fields.current.get(member.name)?.value.trim() ?? "" }));
    const variables = chosen
      .filter((each) => wayOf(each) === "env")
      .map(({ found: key, member }) => ({ profile: member.name, variable: key?.variable ?? "" }));
    try {
      const applied = await host.perform("apply_starter", {
        id: recipe.id,
        members: candidates.map((each) => choiceFor(each, wayOf(each), leads(each))),
        keys,
        variables,
        alone: true,
        replace: recipe.exists,
        dryRun: false,
      });
      // A key that was sent is not kept here.
      for (const field of fields.current.values()) field.value = "";
      setTyped(new Set());
      await host.perform("use_now", { name: applied.balancer });
      setMade({ route: applied.balancer, members: applied.members });
      setAt(candidates.length + 1);
      if (applied.undo) undoable(words.done(applied.balancer), applied.undo);
      await readAgain();
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setRefusal(cause);
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="max-w-230" data-testid="guide">
      <div className="flex flex-wrap items-start gap-x-4">
        <div className="min-w-0 flex-1 basis-80">
          <h1 className="text-title font-semibold tracking-tight">{words.recipe}</h1>
          <p className="mt-1 text-ink-2">{words.guideLead}</p>
        </div>
        <Button look="quiet" data-testid="leave-guide" onClick={onLeave}>
          <X className="size-4" aria-hidden="true" />
          {words.leaveGuide}
        </Button>
      </div>
      {made === undefined && (
        <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-1">
          {/* Not disabled while it runs: focus would be lost. */}
          <Button
            data-testid="find-keys"
            aria-disabled={looking}
            onClick={() => {
              if (!looking) void look();
            }}
          >
            <Search className="size-4" aria-hidden="true" />
            {looking ? words.finding : words.find}
          </Button>
          <p role="status" className="text-small text-ink-2">
            {found && (found.length > 0 ? words.found(listed(found.map((key) => key.variable))) : words.foundNone)}
          </p>
        </div>
      )}
      <ol className="mt-4 rounded-panel border border-line bg-panel px-5 py-5 shadow-panel">
        {candidates.map((candidate, step) => {
          const { name } = candidate.member;
          return (
            <Step
              key={name}
              at={step + 1}
              of={total}
              title={candidate.title}
              stage={stage(step)}
              chosen={made ? madeWord(made.members, name) : chosenWord(candidate, wayOf(candidate), leads(candidate))}
              skipped={made ? !made.members.includes(name) : !leads(candidate)}
              onChange={back(step)}
              testId={`guide-${name}`}
            >
              <MemberStep
                candidate={candidate}
                way={wayOf(candidate)}
                onWay={(way) => {
                  setWays({ ...ways, [name]: way });
                }}
                keyField={(field) => {
                  if (field) fields.current.set(name, field);
                  else fields.current.delete(name);
                }}
                onTyped={(is) => {
                  setTyped((before) => {
                    const next = new Set(before);
                    if (is) next.add(name);
                    else next.delete(name);
                    return next;
                  });
                }}
                onNext={() => {
                  setAt(step + 1);
                }}
              />
            </Step>
          );
        })}
        <Step
          at={candidates.length + 1}
          of={total}
          title={words.list}
          stage={stage(candidates.length)}
          chosen={made && listed(made.members)}
          testId="guide-list"
        >
          <p className="text-ink-2">
            <Sentence text={orderWord(chosen.map(({ member }) => member.name))} />
          </p>
          {chosen.length > 0 && (
            <p className="text-small text-ink-3">
              {words.writes(
                listed([...chosen.map(({ member }) => member.name), ...(chosen.length > 1 ? [recipe.balancer] : [])]),
              )}
            </p>
          )}
          {refusal && <ErrorNote error={refusal} />}
          <Button
            look="main"
            className="mt-3"
            data-testid="guide-set-up"
            aria-disabled={busy || chosen.length === 0}
            onClick={() => {
              if (!busy && chosen.length > 0) void setUp();
            }}
          >
            {busy ? words.settingUp : words.setUp}
          </Button>
        </Step>
        <Step
          at={candidates.length + 2}
          of={total}
          title={words.connect}
          stage={stage(candidates.length + 1)}
          chosen={tool ?? words.chosen.noTool}
          skipped={tool == null}
          testId="guide-connect"
        >
          {at === candidates.length + 1 && (
            <ConnectStep
              go={go}
              onNext={() => {
                setAt(candidates.length + 2);
              }}
            />
          )}
        </Step>
        <Step at={total} of={total} title={words.failover} stage={stage(candidates.length + 2)} testId="guide-failover">
          {at === candidates.length + 2 && (
            <FailoverStep
              state={state}
              onSecond={() => {
                setMade(undefined);
                setAt(
                  Math.max(
                    0,
                    candidates.findIndex((each) => !made?.members.includes(each.member.name)),
                  ),
                );
              }}
              onDone={onLeave}
            />
          )}
        </Step>
      </ol>
    </div>
  );
}

function orderWord(names: readonly string[]): string {
  const [only] = names;
  if (only === undefined) return words.listNone;
  return names.length === 1 ? words.listAlone(only) : words.listOf(names.join(", "));
}

/** What became of a member. */
const madeWord = (members: readonly string[], name: string) =>
  members.includes(name) ? words.chosen.made(name) : words.chosen.skip;

/** What was chosen for a member, in a few words. */
function chosenWord(candidate: Candidate, way: WayIn, leads: boolean): string {
  const { chosen } = words;
  if (way === "env") return chosen.env(candidate.found?.variable ?? "");
  if (way === "key") return leads ? chosen.key : chosen.keyless;
  if (way === "login") return isLoggedIn(candidate) ? chosen.login : chosen.loginless;
  if (way === "caller") return chosen.caller;
  return chosen[way];
}
