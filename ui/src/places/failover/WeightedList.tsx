import { useState } from "react";
import { fieldClass } from "../../components/Field.tsx";
import { percent } from "../../figures.ts";
import type { BalancerMember, ProfileRow } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { entries } from "./order.ts";
import { Row } from "./Row.tsx";
import { percents, relinked } from "./shares.ts";
import type { MemberTests } from "./tests.ts";

const words = strings.failover;

interface WeightedListProps {
  /** Its name. */
  balancer: string;
  members: readonly BalancerMember[];
  profiles: readonly ProfileRow[];
  tests: MemberTests;
  /** By weight; else each in its turn. */
  weighted: boolean;
  onChange: (members: BalancerMember[], said: string) => void;
}

/** The members where no order decides. By weight, their sliders are linked: what one gives, the others take. */
export function WeightedList({ balancer, members, profiles, tests, weighted, onChange }: WeightedListProps) {
  const list = entries(members);
  const saved = percents(members.map((member) => (weighted ? member.weight : 1)));
  // Only while a slider is held or a number is typed; else what the file says.
  const [held, setHeld] = useState<readonly number[]>();
  const shares = held ?? saved;

  const set = (at: number, value: number) => {
    setHeld(relinked(shares, at, value));
  };
  const keep = () => {
    if (!held) return;
    setHeld(undefined);
    if (held.some((share, at) => share !== saved[at])) {
      onChange(
        members.map(({ profile }, at) => ({ profile, weight: held[at] ?? 0 })),
        words.weightsSaved,
      );
    }
  };
  const remove = (at: number) => {
    const rest = members.toSpliced(at, 1);
    const left = percents(rest.map((member) => member.weight));
    onChange(
      rest.map(({ profile, weight }, place) => ({ profile, weight: weighted ? (left[place] ?? 1) : weight })),
      words.removed(list[at]?.profile ?? ""),
    );
  };

  return (
    <>
      {members.length > 0 && <Shares names={members.map((member) => member.profile)} shares={shares} />}
      <ul aria-label={words.membersLabel} className="flex flex-col gap-2">
        {list.map((entry, at) => (
          <Row
            key={entry.id}
            entry={entry}
            profile={profiles.find((each) => each.name === entry.profile)}
            balancer={balancer}
            tested={tests.of(entry.profile)}
            onRemove={() => {
              remove(at);
            }}
            weight={
              weighted && (
                <Weight
                  name={entry.profile}
                  value={shares[at] ?? 0}
                  alone={list.length === 1}
                  onSet={(value) => {
                    set(at, value);
                  }}
                  onKeep={keep}
                />
              )
            }
          />
        ))}
      </ul>
    </>
  );
}

interface WeightProps {
  name: string;
  value: number;
  /** There is nobody to share with. */
  alone: boolean;
  onSet: (value: number) => void;
  onKeep: () => void;
}

function Weight({ name, value, alone, onSet, onKeep }: WeightProps) {
  const both = {
    min: 0,
    max: 100,
    value,
    disabled: alone,
    onBlur: onKeep,
    onChange: (event: { target: HTMLInputElement }) => {
      if (event.target.value !== "") onSet(event.target.valueAsNumber);
    },
  };
  return (
    <div className="flex items-center gap-2.5">
      <input
        type="range"
        aria-label={words.share(name)}
        {...both}
        onPointerUp={onKeep}
        onKeyUp={onKeep}
        className="slider min-w-24 flex-1 @min-[560px]:w-24 @min-[560px]:flex-none"
        style={{ "--filled": `${String(value)}%` } as React.CSSProperties}
      />
      <input
        type="number"
        aria-label={words.sharePercent(name)}
        {...both}
        onKeyDown={(event) => {
          if (event.key === "Enter") onKeep();
        }}
        className={`${fieldClass} w-14! text-right font-mono text-small tabular-nums`}
      />
      <span aria-hidden="true" className="-ml-1 text-small text-ink-3">
        %
      </span>
    </div>
  );
}

/** How strong the accent is behind the first, second, … share: neighbours differ, and text reads on all. */
const strengths = ["bg-accent/30", "bg-accent/20", "bg-accent/12"];

/** The shares, drawn: one bar, cut in proportion. */
function Shares({ names, shares }: { names: readonly string[]; shares: readonly number[] }) {
  const spoken = names.map((name, at) => `${name} ${percent(shares[at] ?? 0)}`).join(", ");
  return (
    <div role="img" aria-label={spoken} className="mb-3 flex h-6.5 gap-0.5 overflow-hidden rounded-control">
      {names.map((name, at) => {
        const share = shares[at] ?? 0;
        return (
          share > 0 && (
            <div
              key={`${name} ${String(at)}`}
              style={{ flexGrow: share }}
              className={`min-w-0 basis-0 truncate px-2 text-small leading-6.5 font-medium ${strengths[at % strengths.length] ?? ""}`}
            >
              {share >= 18 ? `${percent(share)} ${name}` : share >= 7 && percent(share)}
            </div>
          )
        );
      })}
    </div>
  );
}
