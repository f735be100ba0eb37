import { Check, CircleDashed, CircleSlash, PencilLine, type LucideIcon } from "lucide-react";
import { percent } from "../../figures.ts";
import type { StarterView } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { policies } from "./BalancerEditor.tsx";
import { percents } from "./shares.ts";

const words = strings.failover.starters;

interface StartersProps {
  starters: readonly StarterView[];
  onChoose: (id: string) => void;
}

/** The ready-made load balancers: what each is for, and who belongs to it. */
export function Starters({ starters, onChoose }: StartersProps) {
  return (
    <section aria-label={words.title} className="@container min-w-0 max-w-240">
      <h2 className="text-strong font-semibold tracking-tight">{words.title}</h2>
      <p className="mt-1 mb-4 max-w-150 text-ink-2">{words.lead}</p>
      <ul className="grid gap-3 @min-[600px]:grid-cols-2">
        {starters.map((starter) => (
          <Card
            key={starter.id}
            starter={starter}
            onChoose={() => {
              onChoose(starter.id);
            }}
          />
        ))}
      </ul>
    </section>
  );
}

function Card({ starter, onChoose }: { starter: StarterView; onChoose: () => void }) {
  const { title, summary, balancer, members } = starter;
  const ranks = ranksOf(starter);
  return (
    <li
      data-testid={`starter-${starter.id}`}
      className="relative flex flex-col rounded-panel border border-line bg-panel px-4 pt-3.5 pb-3 hover:border-edge has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
    >
      <h3 className="font-semibold">
        {/* The whole card can be pressed; its title says what that does. */}
        <button
          type="button"
          aria-label={words.choose(title)}
          onClick={onChoose}
          className="text-left outline-none after:absolute after:inset-0 after:rounded-panel"
        >
          {title}
        </button>
      </h3>
      <p className="mt-0.5 text-ink-2">{summary}</p>
      <p className="mt-0.5 mb-3 text-small text-ink-3">
        {starter.exists ? words.made(balancer) : words.makes(policyOf(starter), balancer)}
      </p>
      <ol aria-label={words.members(title)} className="mt-auto border-t border-line pt-1.5">
        {members.map((member, at) => (
          <li key={member.name} className="flex items-baseline gap-2.5 py-0.5">
            <span className="w-9 shrink-0 text-right text-small tabular-nums text-ink-3">{ranks[at]}</span>
            <span className="min-w-0 flex-1 wrap-anywhere">{member.name}</span>
            <Standing state={member.state} />
          </li>
        ))}
      </ol>
    </li>
  );
}

/** How the load is shared, in a word. */
export function policyOf({ policy }: StarterView): string {
  const known = policies.find((each) => each === policy);
  return known ? strings.failover.policies[known] : policy;
}

/** What stands before each member: its place where there is an order, else its share. */
export function ranksOf({ policy, members }: StarterView): string[] {
  if (policy === "weighted") return percents(members.map(({ weight }) => weight)).map(percent);
  return members.map((_, at) => (policy === "failover" ? String(at + 1) : `1/${String(members.length)}`));
}

const standings: Partial<Record<string, { Icon: LucideIcon; ink: string; word: string }>> = {
  same: { Icon: Check, ink: "text-ok", word: words.state.same },
  differs: { Icon: PencilLine, ink: "text-cooling", word: words.state.differs },
  missing: { Icon: CircleDashed, ink: "text-ink-3", word: words.state.missing },
};
const unusable = { Icon: CircleSlash, ink: "text-bad", word: words.state.unusable };

/** How the file of a member stands to what the starter needs. */
export function Standing({ state }: { state: string }) {
  const { Icon, ink, word } = standings[state] ?? unusable;
  return (
    <span className={`flex shrink-0 items-center gap-1.5 self-center text-small ${ink}`}>
      <Icon className="size-3.5" aria-hidden="true" />
      {word}
    </span>
  );
}
