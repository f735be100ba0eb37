import { LayoutList, Plus } from "lucide-react";
import { useState } from "react";
import { useAsked, useAskedAnew } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import type { BalancerRow, ProfileRow } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import type { Aim, Go } from "../go.ts";
import { policyWord } from "../live/RouteSwitch.tsx";
import { BalancerEditor } from "./BalancerEditor.tsx";
import { NewBalancer } from "./NewBalancer.tsx";
import { StarterForm } from "./StarterForm.tsx";
import { Starters } from "./Starters.tsx";

const words = strings.failover;

interface FailoverProps {
  /** What to show, when the user was sent here. */
  aim: Extract<Aim, { place: "failover" }> | undefined;
  go: Go;
}

type Making = { what: "balancer" } | { what: "starter"; id?: string };

/** Who serves, in which order, and how the load is shared. */
export function Failover({ aim, go }: FailoverProps) {
  const { data, error } = useAsked("profiles", {});
  const [chosen, setChosen] = useState<string>();
  // What is made now, in the place of the balancer that is shown else.
  const [making, setMaking] = useState<Making>();
  const [followed, setFollowed] = useState<typeof aim>();
  if (aim && aim !== followed) {
    setFollowed(aim);
    if (aim.balancer !== undefined) {
      setChosen(aim.balancer);
      setMaking(undefined);
    }
    if (aim.create) setMaking({ what: "balancer" });
  }

  const balancers = data?.balancers ?? [];
  const present =
    balancers.find((each) => each.name === chosen) ?? balancers.find((each) => each.active) ?? balancers[0];
  const none = data !== undefined && balancers.length === 0;
  const done = (name?: string) => {
    setMaking(undefined);
    if (name !== undefined) setChosen(name);
  };
  const starters = (
    <FromStarter
      id={making?.what === "starter" ? making.id : undefined}
      profiles={data?.profiles ?? []}
      shown={aim !== undefined}
      go={go}
      onChoose={(id) => {
        setMaking({ what: "starter", ...(id === undefined ? {} : { id }) });
      }}
      onDone={done}
    />
  );

  return (
    <>
      <h1 className="text-title font-semibold tracking-tight">{strings.frame.failover}</h1>
      <p className="mt-1 text-ink-2">{words.lead}</p>
      {error && <ErrorNote error={error} />}
      {none && !making && (
        <>
          <Empty
            profiles={data.profiles.length}
            onCreate={() => {
              setMaking({ what: "balancer" });
            }}
            onProfiles={() => {
              go({ place: "profiles", create: true });
            }}
          />
          <div className="mt-6">{starters}</div>
        </>
      )}
      {data && (!none || making) && (
        <div className="mt-5 grid gap-x-6 gap-y-5 wide:grid-cols-[200px_minmax(0,1fr)]">
          <div>
            <ul className="flex flex-col gap-0.5 max-wide:grid max-wide:grid-cols-[repeat(auto-fill,minmax(180px,1fr))]">
              {balancers.map((balancer) => (
                <Item
                  key={balancer.name}
                  balancer={balancer}
                  current={!making && balancer === present}
                  onChoose={() => {
                    done(balancer.name);
                  }}
                />
              ))}
            </ul>
            <div className="mt-1 flex flex-wrap gap-x-1 wide:flex-col wide:items-start">
              <Button
                look="quiet"
                data-testid="new-balancer"
                aria-pressed={making?.what === "balancer"}
                onClick={() => {
                  setMaking({ what: "balancer" });
                }}
              >
                <Plus className="size-4" aria-hidden="true" />
                {words.create}
              </Button>
              <Button
                look="quiet"
                data-testid="from-starter"
                aria-pressed={making?.what === "starter"}
                onClick={() => {
                  setMaking({ what: "starter" });
                }}
              >
                <LayoutList className="size-4" aria-hidden="true" />
                {words.starters.open}
              </Button>
            </div>
          </div>
          {making?.what === "balancer" && (
            <NewBalancer
              taken={[...balancers, ...data.profiles].map((each) => each.name)}
              profiles={data.profiles}
              onDone={done}
            />
          )}
          {making?.what === "starter" && starters}
          {!making && present && (
            <BalancerEditor
              key={present.name}
              name={present.name}
              profiles={data.profiles}
              shown={aim !== undefined}
              onNamed={setChosen}
            />
          )}
        </div>
      )}
    </>
  );
}

interface FromStarterProps {
  /** The starter whose members are settled; undefined while one is chosen. */
  id: string | undefined;
  profiles: readonly ProfileRow[];
  shown: boolean;
  go: Go;
  onChoose: (id?: string) => void;
  onDone: (balancer: string) => void;
}

/** A starter is chosen, then its members are settled. */
function FromStarter({ id, profiles, shown, go, onChoose, onDone }: FromStarterProps) {
  const { data, error } = useAskedAnew("starters", {}, shown);
  const { data: providers = [] } = useAsked("catalogue", {});
  const starter = data?.find((each) => each.id === id);
  if (error && !data) return <ErrorNote error={error} />;
  if (!data) return <p className="text-ink-3">{words.starters.asked}</p>;
  if (!starter) return <Starters starters={data} onChoose={onChoose} />;
  return (
    <StarterForm
      key={starter.id}
      starter={starter}
      profiles={profiles}
      providers={providers}
      shown={shown}
      go={go}
      onBack={() => {
        onChoose();
      }}
      onDone={onDone}
    />
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

/** The way without a starter: a load balancer needs two profiles. */
function Empty({ profiles, onCreate, onProfiles }: EmptyProps) {
  const enough = profiles >= 2;
  return (
    <div className="mt-6 max-w-240 rounded-panel border border-line bg-panel px-5 py-5 shadow-panel">
      <p className="text-strong font-semibold">{words.none}</p>
      <p className="mt-1 mb-4 max-w-130 text-ink-2">{enough ? words.noneWhy : words.noneYet}</p>
      <Button onClick={enough ? onCreate : onProfiles}>{enough ? words.create : strings.live.createProfile}</Button>
    </div>
  );
}
