import { Plus } from "lucide-react";
import { useState } from "react";
import { useAsked } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import type { BalancerRow } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import type { Aim, Go } from "../go.ts";
import { policyWord } from "../live/RouteSwitch.tsx";
import { BalancerEditor } from "./BalancerEditor.tsx";
import { NewBalancer } from "./NewBalancer.tsx";

const words = strings.failover;

interface FailoverProps {
  /** What to show, when the user was sent here. */
  aim: Extract<Aim, { place: "failover" }> | undefined;
  go: Go;
}

/** Who serves, in which order, and how the load is shared. */
export function Failover({ aim, go }: FailoverProps) {
  const { data, error } = useAsked("profiles", {});
  const [chosen, setChosen] = useState<string>();
  const [creating, setCreating] = useState(false);
  const [followed, setFollowed] = useState<typeof aim>();
  if (aim && aim !== followed) {
    setFollowed(aim);
    if (aim.balancer !== undefined) {
      setChosen(aim.balancer);
      setCreating(false);
    }
  }

  const balancers = data?.balancers ?? [];
  const present =
    balancers.find((each) => each.name === chosen) ?? balancers.find((each) => each.active) ?? balancers[0];
  const create = () => {
    setCreating(true);
  };

  return (
    <>
      <h1 className="text-title font-semibold tracking-tight">{strings.frame.failover}</h1>
      <p className="mt-1 text-ink-2">{words.lead}</p>
      {error && <ErrorNote error={error} />}
      {data && balancers.length === 0 && !creating && (
        <Empty
          profiles={data.profiles.length}
          onCreate={create}
          onProfiles={() => {
            go({ place: "profiles", create: true });
          }}
        />
      )}
      {data && (balancers.length > 0 || creating) && (
        <div className="mt-5 grid gap-x-6 gap-y-5 wide:grid-cols-[200px_minmax(0,1fr)]">
          <div>
            <ul className="flex flex-col gap-0.5 max-wide:grid max-wide:grid-cols-[repeat(auto-fill,minmax(180px,1fr))]">
              {balancers.map((balancer) => (
                <Item
                  key={balancer.name}
                  balancer={balancer}
                  current={!creating && balancer === present}
                  onChoose={() => {
                    setChosen(balancer.name);
                    setCreating(false);
                  }}
                />
              ))}
            </ul>
            <Button look="quiet" className="mt-1" data-testid="new-balancer" aria-pressed={creating} onClick={create}>
              <Plus className="size-4" aria-hidden="true" />
              {words.create}
            </Button>
          </div>
          {creating ? (
            <NewBalancer
              taken={[...balancers, ...data.profiles].map((each) => each.name)}
              profiles={data.profiles}
              onDone={(name) => {
                setCreating(false);
                if (name !== undefined) setChosen(name);
              }}
            />
          ) : (
            present && (
              <BalancerEditor key={present.name} name={present.name} profiles={data.profiles} onNamed={setChosen} />
            )
          )}
        </div>
      )}
    </>
  );
}

interface ItemProps {
  balancer: BalancerRow;
  current: boolean;
  onChoose: () => void;
}

function Item({ balancer, current, onChoose }: ItemProps) {
  const about = [
    policyWord({ balancer: true, policy: balancer.policy }),
    words.membersCount(balancer.members),
    ...(balancer.active ? [words.inUse] : []),
    ...(balancer.default ? [words.isDefault] : []),
    ...(balancer.practice ? [words.practice] : []),
    ...(balancer.findings.length > 0 ? [words.problems(balancer.findings.length)] : []),
  ];
  return (
    <li>
      <button
        type="button"
        aria-current={current ? "true" : undefined}
        onClick={onChoose}
        className="w-full rounded-control border border-transparent px-3 py-2 text-left hover:bg-well aria-[current]:border-line aria-[current]:bg-panel"
      >
        <span className="block font-medium wrap-anywhere">{balancer.name}</span>
        <span className="block text-small text-ink-3">{about.join(", ")}</span>
      </button>
    </li>
  );
}

interface EmptyProps {
  profiles: number;
  onCreate: () => void;
  onProfiles: () => void;
}

/** The one next action: a load balancer needs two profiles. */
function Empty({ profiles, onCreate, onProfiles }: EmptyProps) {
  const enough = profiles >= 2;
  return (
    <div className="mt-6 rounded-panel border border-line bg-panel px-5 py-5 shadow-panel">
      <p className="text-strong font-semibold">{words.none}</p>
      <p className="mt-1 mb-4 max-w-130 text-ink-2">{enough ? words.noneWhy : words.noneYet}</p>
      <Button look="main" onClick={enough ? onCreate : onProfiles}>
        {enough ? words.create : strings.live.createProfile}
      </Button>
    </div>
  );
}
