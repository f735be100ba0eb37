import { Activity, Check, Plus } from "lucide-react";
import { useId, useState, type ReactNode } from "react";
import { useAsked, useDo, useReadAgain } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { Findings } from "../../components/Findings.tsx";
import { Menu, MenuItem } from "../../components/Menu.tsx";
import { Segmented } from "../../components/Segmented.tsx";
import { count } from "../../figures.ts";
import type { BalancerDetail, BalancerMember, ProfileRow } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { FileMenu, FileTask, type Task } from "../profiles/FileTask.tsx";
import { FixButton } from "../profiles/FixButton.tsx";
import { useChange } from "./change.ts";
import { MemberList } from "./MemberList.tsx";
import { Placement } from "./Placement.tsx";
import { percents } from "./shares.ts";
import { useMemberTests, type MemberTests } from "./tests.ts";
import { WeightedList } from "./WeightedList.tsx";
import { WhatIf } from "./WhatIf.tsx";

const words = strings.failover;

/** The ways to choose who serves. */
export const policies = ["failover", "roundrobin", "weighted"] as const;

interface BalancerEditorProps {
  name: string;
  profiles: readonly ProfileRow[];
  /** The place is open. */
  shown: boolean;
  /** It has this name now, or there is a copy of this name. */
  onNamed: (name: string) => void;
}

/** One balancer. Every change is saved at once and can be taken back. */
export function BalancerEditor({ name, ...rest }: BalancerEditorProps) {
  const { data, error } = useAsked("balancer", { name });
  if (error && !data) return <ErrorNote error={error} />;
  return data ? <Editor balancer={data} {...rest} /> : null;
}

function Editor({
  balancer,
  profiles,
  shown,
  onNamed,
}: Omit<BalancerEditorProps, "name"> & { balancer: BalancerDetail }) {
  const change = useChange(balancer.name);
  const policy = policies.find((each) => each === balancer.policy) ?? null;
  const { members } = balancer;
  const tests = useMemberTests();
  const add = (
    <Below tests={tests} members={members}>
      <AddMember
        candidates={balancer.candidates}
        onAdd={(profile) => {
          const weight = Math.max(1, Math.round(100 / (members.length + 1)));
          const rest = percents(
            members.map((member) => member.weight),
            100 - weight,
          );
          const kept =
            policy === "weighted" ? members.map((member, at) => ({ ...member, weight: rest[at] ?? 1 })) : members;
          change({
            members: [...kept, { profile, weight: policy === "weighted" ? weight : 1 }],
            said: words.added(profile),
          });
        }}
      />
    </Below>
  );
  return (
    <section aria-label={balancer.name} className="@container min-w-0 max-w-260">
      <Head balancer={balancer} onNamed={onNamed} />
      <div className="mt-4 grid gap-x-5 gap-y-5 @min-[740px]:grid-cols-[minmax(0,1fr)_288px]">
        <div className="@container min-w-0">
          <div className=" mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
            <Segmented
              legend={words.policy}
              choices={policies}
              words={words.policies}
              value={policy}
              onChoose={(next) => {
                change({ policy: next, said: words.policySaved(words.policies[next]) });
              }}
            />
            <p className="min-w-0 flex-1 text-small text-ink-3">{policy && words.policyWhy[policy]}</p>
          </div>

          {members.length === 0 && <p className="py-3 text-ink-2">{words.empty}</p>}
          {policy === "failover" ? (
            <MemberList
              balancer={balancer.name}
              members={members}
              profiles={profiles}
              tests={tests}
              onChange={(next, said) => {
                change({ members: next, said });
              }}
            >
              {add}
            </MemberList>
          ) : (
            <>
              <WeightedList
                // A change that comes from elsewhere begins anew; one's own is in step already.
                key={members.map((member) => member.profile).join("\n")}
                balancer={balancer.name}
                members={members}
                profiles={profiles}
                tests={tests}
                weighted={policy === "weighted"}
                onChange={(next, said) => {
                  change({ members: next, said });
                }}
              />
              {add}
            </>
          )}

          <Placement balancer={balancer} onChange={change} />

          <div className="mt-4">
            <Findings
              findings={balancer.findings}
              fix={(finding) => <FixButton profile={balancer.name} finding={finding} />}
            />
          </div>
        </div>
        <WhatIf balancer={balancer} shown={shown} />
      </div>
    </section>
  );
}

function Head({ balancer, onNamed }: { balancer: BalancerDetail; onNamed: (name: string) => void }) {
  const act = useDo();
  const readAgain = useReadAgain();
  const [task, setTask] = useState<Task>();
  const { name } = balancer;
  const choose = (what: "use_now" | "set_default") =>
    void act(async (host) => {
      await host.perform(what, { name });
      await readAgain();
    });
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-50">
          <h2 className="text-strong font-semibold tracking-tight wrap-anywhere">{name}</h2>
          {balancer.practice && <p className="text-small text-ink-3">{words.practiceWhy}</p>}
        </div>
        {/* Practice can't be the default, nor be deleted: other programs would take it for real. */}
        {!balancer.practice && (
          <Choice
            chosen={balancer.default}
            testId="set-default"
            mark={words.defaultMark}
            action={words.setDefault}
            onChoose={() => {
              choose("set_default");
            }}
          />
        )}
        <Choice
          main
          chosen={balancer.active}
          testId="use-now"
          mark={words.inUseMark}
          action={words.useNow}
          onChoose={() => {
            choose("use_now");
          }}
        />
        {!balancer.practice && <FileMenu name={name} usedBy={[]} onTask={setTask} />}
      </div>
      {task && (
        <FileTask
          task={task}
          name={name}
          usedBy={[]}
          onNamed={onNamed}
          onDone={() => {
            setTask(undefined);
          }}
        />
      )}
    </>
  );
}

interface ChoiceProps {
  chosen: boolean;
  mark: string;
  action: string;
  testId: string;
  onChoose: () => void;
  main?: boolean;
}

/** A button that becomes a mark when it has been pressed, in the same place. It keeps the focus. */
function Choice({ chosen, mark, action, testId, onChoose, main = false }: ChoiceProps) {
  return (
    <Button
      data-testid={testId}
      aria-pressed={chosen}
      look={main && !chosen ? "main" : "plain"}
      className={chosen ? "border-line! bg-transparent! text-ok! opacity-100!" : ""}
      onClick={() => {
        if (!chosen) onChoose();
      }}
    >
      {chosen && <Check className="size-4" aria-hidden="true" />}
      {chosen ? mark : action}
    </Button>
  );
}

interface BelowProps {
  tests: MemberTests;
  members: readonly BalancerMember[];
  /** The way to add a member. */
  children: ReactNode;
}

/** What can be done with the list as a whole. */
function Below({ tests, members, children }: BelowProps) {
  const about = useId();
  return (
    <div className="mt-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        {children}
        {members.length > 0 && (
          <>
            <p role="status" className="ml-auto text-small text-ink-2">
              {tests.done && words.foresight.tested(count(tests.done.ok), count(tests.done.of))}
            </p>
            {/* Not disabled while it runs: focus would be lost. */}
            <Button
              look="quiet"
              data-testid="test-all"
              aria-describedby={about}
              aria-disabled={tests.busy}
              onClick={() => {
                if (!tests.busy) tests.run(members.map((member) => member.profile));
              }}
            >
              <Activity className="size-4" aria-hidden="true" />
              {tests.busy ? words.foresight.testing : words.foresight.testAll}
            </Button>
          </>
        )}
      </div>
      {members.length > 0 && (
        <p id={about} className="pr-2 text-right text-small text-ink-3">
          {words.foresight.testWhy}
        </p>
      )}
    </div>
  );
}

function AddMember({ candidates, onAdd }: { candidates: readonly string[]; onAdd: (profile: string) => void }) {
  if (candidates.length === 0) return <p className="text-small text-ink-3">{words.noCandidates}</p>;
  return (
    <Menu
      align="start"
      trigger={
        <Button look="quiet" data-testid="add-member">
          <Plus className="size-4" aria-hidden="true" />
          {words.add}
        </Button>
      }
    >
      {candidates.map((profile) => (
        <MenuItem
          key={profile}
          onSelect={() => {
            onAdd(profile);
          }}
        >
          <span className="wrap-anywhere">{profile}</span>
        </MenuItem>
      ))}
    </Menu>
  );
}
