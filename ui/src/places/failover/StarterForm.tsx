import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, KeyRound, Pencil, Plus } from "lucide-react";
import { useRef, useState, type SubmitEvent } from "react";
import { useAskedAnew, useReadAgain, useUndoable } from "../../ask.ts";
import { Button, focused } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { Sentence } from "../../components/Sentence.tsx";
import type { Change, ProfileRow, ProviderView, StarterInput, StarterView } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import type { Go } from "../go.ts";
import { changesList, choiceOf, listedAs, membersOf, othersFor, verdictOf, withoutModel } from "./settling.ts";
import type { Choices, Verdict } from "./settling.ts";
import { StarterMember } from "./StarterMember.tsx";
import { policyOf, ranksOf } from "./Starters.tsx";

const words = strings.failover.starters;

interface StarterFormProps {
  starter: StarterView;
  profiles: readonly ProfileRow[];
  providers: readonly ProviderView[];
  /** It is in view: what would be written is looked at anew whenever it comes there. */
  shown: boolean;
  go: Go;
  onBack: () => void;
  /** Its load balancer is there. */
  onDone: (balancer: string) => void;
}

/** What becomes of each member of a starter, and what would be written for that. Nothing is before Apply. */
export function StarterForm({ starter, profiles, providers, shown, go, onBack, onDone }: StarterFormProps) {
  const host = useHost();
  const undoable = useUndoable();
  const readAgain = useReadAgain();
  const accounts = useAskedAnew("accounts", {}, shown).data;
  const [choices, setChoices] = useState<Choices>({});
  const [agreed, setAgreed] = useState(false);
  const [keyed, setKeyed] = useState<ReadonlySet<string>>(new Set());
  const fields = useRef(new Map<string, HTMLInputElement>());
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<HostError>();

  const modelless = withoutModel(starter, choices);
  const input: StarterInput = {
    id: starter.id,
    members: membersOf(starter, choices),
    keys: [],
    // Looking shows what would become of a load balancer that is there; writing waits for a word.
    replace: true,
    dryRun: true,
  };
  const look = useQuery({
    queryKey: ["apply_starter", input],
    queryFn: () => host.perform("apply_starter", input),
    enabled: shown && modelless === undefined,
    staleTime: 0,
    gcTime: 0,
    placeholderData: (before) => before,
  });
  const outcome = look.isError ? undefined : look.data;
  const verdict = verdictOf({
    modelless,
    outcome: look.isPlaceholderData ? undefined : outcome,
    refused: look.isError,
    keyed,
    agreed,
  });
  const can = verdict.kind === "ready" || verdict.kind === "alone";
  const typed = outcome?.credentials.filter((each) => !each.usable && keyed.has(each.profile)) ?? [];
  const members = starter.members.map((member) => ({ member, listed: listedAs(member, choices) }));
  const ranks = ranksOf(starter);

  const apply = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!can || busy) return;
    setBusy(true);
    const keys = typed
      .map(({ profile }) => ({ profile, key: fields.current.get(profile)?.value.trim() ?? "" }))
      .filter(({ key }) => key !== "");
    // Whatever comes of it, a key that was sent is not kept here.
    for (const field of fields.current.values()) field.value = "";
    setKeyed(new Set());
    try {
      const done = await host.perform("apply_starter", { ...input, keys, replace: agreed, dryRun: false });
      if (done.undo) undoable(words.applied(starter.title, done.balancer), done.undo);
      await readAgain();
      onDone(done.balancer);
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setRefusal(cause);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      noValidate
      aria-label={starter.title}
      onSubmit={(event) => void apply(event)}
      className="@container min-w-0 max-w-200 rounded-panel border border-line bg-panel px-5 pt-4 pb-5 shadow-panel"
    >
      <Button look="quiet" className="-ml-2" ref={focused} onClick={onBack}>
        <ArrowLeft className="size-4" aria-hidden="true" />
        {words.back}
      </Button>
      <h2 className="mt-1 text-strong font-semibold tracking-tight">{starter.title}</h2>
      <p className="text-ink-2">{starter.summary}</p>
      <p className="text-small text-ink-3">{words.makes(policyOf(starter), starter.balancer)}</p>

      <ol aria-label={words.members(starter.title)} className="mt-4 border-t border-line pt-2">
        {members.map(({ member, listed }, at) => {
          const choice = choiceOf(member, choices);
          const others = othersFor(member, starter, profiles, choices);
          const login = accounts?.providers.find((each) => each.provider === choice.provider)?.login;
          return (
            <li key={member.name} className="border-b border-line py-3.5 first:pt-1 last:border-b-0">
              <StarterMember
                member={member}
                rank={ranks[at] ?? ""}
                choice={choice}
                others={others}
                providers={providers.filter(
                  (each) => each.name === choice.provider || (each.baseUrl !== null && !each.loginOnly),
                )}
                credential={outcome?.credentials.find((each) => each.profile === listed)}
                onLogin={
                  login
                    ? () => {
                        go({ place: "accounts" });
                      }
                    : undefined
                }
                onChange={(next) => {
                  setRefusal(undefined);
                  setChoices({ ...choices, [member.name]: next });
                }}
                keyField={(field) => {
                  if (listed === undefined) return;
                  if (field) fields.current.set(listed, field);
                  else fields.current.delete(listed);
                }}
                onKeyed={(isKeyed) => {
                  if (listed === undefined) return;
                  setKeyed((now) => {
                    const next = new Set(now);
                    if (isKeyed) next.add(listed);
                    else next.delete(listed);
                    return next;
                  });
                }}
              />
            </li>
          );
        })}
      </ol>

      <section aria-label={words.preview} className="mt-2 rounded-control bg-well px-4 py-3">
        <h3 className="text-small font-medium text-ink-2">{words.preview}</h3>
        {look.isError && <ErrorNote error={look.error} />}
        {outcome && (
          <ul className="mt-1.5 flex flex-col gap-1.5">
            {outcome.changes.map((change) => (
              <Planned key={change.name} change={change} />
            ))}
            {typed.map(({ profile }) => (
              <li key={`key ${profile}`} className="flex items-start gap-2.5">
                <KeyRound className="mt-0.5 size-4 shrink-0 text-ink-3" aria-hidden="true" />
                <p>
                  <Sentence text={words.keyFor(profile)} />
                </p>
              </li>
            ))}
            {outcome.changes.length === 0 && typed.length === 0 && <li className="text-ink-2">{words.nothing}</li>}
          </ul>
        )}
        {!outcome && !look.isError && <p className="mt-1.5 text-ink-3">{words.looking}</p>}
      </section>

      {outcome && changesList(outcome) && (
        <label className="mt-3 flex items-center gap-2.5">
          <input
            type="checkbox"
            checked={agreed}
            onChange={({ target }) => {
              setAgreed(target.checked);
            }}
            className="size-3.5 shrink-0 accent-accent"
          />
          <span>{words.agree(outcome.balancer)}</span>
        </label>
      )}
      {refusal && <ErrorNote error={refusal} />}
      <div className="mt-4 flex flex-wrap items-center gap-x-3 gap-y-2">
        <Button
          type="submit"
          look="main"
          data-testid="apply-starter"
          aria-disabled={!can || busy}
          aria-describedby="starter-verdict"
        >
          {busy ? words.applying : words.apply}
        </Button>
        <Button onClick={onBack}>{words.cancel}</Button>
        <p id="starter-verdict" role="status" className="min-w-0 flex-1 basis-60 text-small text-ink-2">
          {said(verdict, starter.balancer)}
        </p>
      </div>
    </form>
  );
}

/** A file that would be written, with what it holds or what changes in it. */
function Planned({ change }: { change: Change }) {
  const isNew = change.kind === "create";
  const Shape = isNew ? Plus : Pencil;
  return (
    <li data-testid={`planned-${change.name}`} data-kind={change.kind} className="flex items-start gap-2.5">
      <Shape className={`mt-0.5 size-4 shrink-0 ${isNew ? "text-ok" : "text-cooling"}`} aria-hidden="true" />
      <div className="min-w-0">
        <p>
          <Sentence text={isNew ? words.create(change.name) : words.change(change.name)} />
        </p>
        <p className="text-small wrap-anywhere text-ink-2">{change.details.join(", ")}</p>
      </div>
    </li>
  );
}

function said(verdict: Verdict, balancer: string): string {
  switch (verdict.kind) {
    case "modelless":
      return words.modelless(verdict.name);
    case "alone":
      return words.alone(verdict.name);
    case "ready":
      return words.ready(String(verdict.usable), String(verdict.total));
    case "disagreed":
      return words.disagreed(balancer);
    case "keyless":
    case "looking":
    case "refused":
      return words[verdict.kind];
  }
}
