import { useId } from "react";
import { Segmented } from "../../components/Segmented.tsx";
import type { BalancerDetail } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import type { Change } from "./change.ts";

const words = strings.failover;

/** When a failover list goes back to its first member. */
const failbacks = ["conversation", "at-once", "never"] as const;

interface PlacementProps {
  balancer: BalancerDetail;
  onChange: (change: Change) => void;
}

/** Where requests go that continue a conversation: each policy asks that in its own way. */
export function Placement({ balancer, onChange }: PlacementProps) {
  return balancer.policy === "failover" ? (
    <Failback balancer={balancer} onChange={onChange} />
  ) : (
    <Sticky balancer={balancer} onChange={onChange} />
  );
}

function Failback({ balancer, onChange }: PlacementProps) {
  const now = failbacks.find((each) => each === balancer.failback) ?? null;
  return (
    <div className="mt-5">
      <p className="mb-1 text-small font-medium text-ink-2">{words.failback}</p>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Segmented
          legend={words.failback}
          choices={failbacks}
          words={words.failbacks}
          value={now}
          onChoose={(failback) => {
            onChange({ failback, said: words.failbackSaved(words.failbacks[failback].toLowerCase()) });
          }}
        />
        <p className="min-w-0 flex-1 basis-50 text-small text-ink-3">{now && words.failbackWhy[now]}</p>
      </div>
    </div>
  );
}

function Sticky({ balancer, onChange }: PlacementProps) {
  const why = useId();
  return (
    <div className="mt-5 max-w-140">
      <label className="flex items-center gap-2.5">
        <input
          type="checkbox"
          role="switch"
          checked={balancer.sticky}
          aria-describedby={why}
          onChange={({ target }) => {
            onChange({ sticky: target.checked, said: target.checked ? words.stickyOn : words.stickyOff });
          }}
          className="size-3.5 shrink-0 accent-accent"
        />
        <span className="font-medium">{words.sticky}</span>
      </label>
      <p id={why} className="mt-0.5 pl-6 text-small text-ink-3">
        {words.stickyWhy}
      </p>
    </div>
  );
}
