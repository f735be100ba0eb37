import { useState, type SubmitEvent } from "react";
import { useReadAgain, useUndoable } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { TextField } from "../../components/Field.tsx";
import { Segmented } from "../../components/Segmented.tsx";
import type { ProfileRow } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { nameProblem } from "../profiles/form.ts";
import { policies } from "./BalancerEditor.tsx";
import { percents } from "./shares.ts";

const words = strings.failover;

interface NewBalancerProps {
  /** Names that exist already. */
  taken: readonly string[];
  profiles: readonly ProfileRow[];
  /** Created under that name, or given up. */
  onDone: (name?: string) => void;
}

/** A new load balancer: its name, how it chooses, and who belongs to it, in the order in which they are ticked. */
export function NewBalancer({ taken, profiles, onDone }: NewBalancerProps) {
  const host = useHost();
  const undoable = useUndoable();
  const readAgain = useReadAgain();
  const [name, setName] = useState("");
  const [policy, setPolicy] = useState<(typeof policies)[number]>("failover");
  const [members, setMembers] = useState<readonly string[]>([]);
  const [tried, setTried] = useState(false);
  const [error, setError] = useState<HostError>();

  const wrongName = nameProblem(name, taken);
  const wrongMembers = members.length < 2 ? words.needsTwo : undefined;
  // Simulated and real providers never serve the same list.
  const kind = profiles.find((each) => each.name === members[0])?.practice;

  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (wrongName !== undefined || wrongMembers !== undefined) return;
    const weights = percents(members.map(() => 1));
    try {
      const undo = await host.perform("create_balancer", {
        name: name.trim(),
        policy,
        members: members.map((profile, at) => ({ profile, weight: policy === "weighted" ? (weights[at] ?? 1) : 1 })),
        sticky: null,
        failback: null,
      });
      undoable(words.created(name.trim()), undo);
      await readAgain();
      onDone(name.trim());
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    }
  };

  return (
    <form
      noValidate
      aria-label={words.create}
      onSubmit={(event) => void create(event)}
      className="max-w-200 rounded-panel border border-line bg-panel p-5 shadow-panel"
    >
      <h2 className="mb-4 text-strong font-semibold tracking-tight">{words.create}</h2>
      <TextField
        label={words.name}
        hint={words.nameHint}
        error={tried ? wrongName : undefined}
        value={name}
        // The user asked for this form: the first thing to do in it is to type.
        // eslint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        onChange={(event) => {
          setName(event.target.value);
        }}
        fieldClassName="max-w-90"
      />
      <p className="mt-3 mb-1 text-small font-medium text-ink-2">{words.policy}</p>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Segmented
          legend={words.policy}
          choices={policies}
          words={words.policies}
          value={policy}
          onChoose={setPolicy}
        />
        <p className="min-w-0 flex-1 text-small text-ink-3">{words.policyWhy[policy]}</p>
      </div>
      <fieldset className="mt-4" aria-describedby="new-balancer-members">
        <legend className="mb-1 text-small font-medium text-ink-2">{words.membersLabel}</legend>
        <ul className="flex flex-col">
          {profiles.map((profile) => {
            const at = members.indexOf(profile.name);
            return (
              <li key={profile.name}>
                <label className="flex items-center gap-2.5 rounded-control px-1.5 py-1 hover:bg-well has-disabled:opacity-50">
                  <input
                    type="checkbox"
                    checked={at >= 0}
                    disabled={kind !== undefined && profile.practice !== kind}
                    onChange={() => {
                      setMembers(at >= 0 ? members.toSpliced(at, 1) : [...members, profile.name]);
                    }}
                    className="size-3.5 shrink-0 accent-accent"
                  />
                  <span className="min-w-0 wrap-anywhere">
                    {profile.name} <span className="font-mono text-small text-ink-3">{profile.model}</span>
                  </span>
                  {at >= 0 && policy === "failover" && (
                    <span className="ml-auto text-small tabular-nums text-ink-3">
                      {words.place(String(at + 1), String(members.length))}
                    </span>
                  )}
                </label>
              </li>
            );
          })}
        </ul>
        <p
          id="new-balancer-members"
          className={`mt-1 text-small ${tried && wrongMembers !== undefined ? "text-bad" : "text-ink-3"}`}
        >
          {tried && wrongMembers !== undefined ? wrongMembers : words.membersHint}
        </p>
      </fieldset>
      {error && <ErrorNote error={error} />}
      <div className="mt-5 flex gap-2">
        <Button type="submit" look="main" data-testid="create-balancer">
          {words.createNow}
        </Button>
        <Button
          onClick={() => {
            onDone();
          }}
        >
          {words.cancel}
        </Button>
      </div>
    </form>
  );
}
