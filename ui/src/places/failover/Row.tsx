import { ArrowDown, ArrowUp, Check, Ellipsis, Pin, PinOff, X } from "lucide-react";
import type { CSSProperties, ReactNode, Ref } from "react";
import { useDo } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { Menu, MenuItem, MenuLine } from "../../components/Menu.tsx";
import { ProviderMark } from "../../components/ProviderMark.tsx";
import { StatePill } from "../../components/StateMark.tsx";
import { useToast } from "../../components/Toasts.tsx";
import { useLive } from "../../feed.tsx";
import { span } from "../../figures.ts";
import type { LiveMember, ProfileRow } from "../../host/generated.ts";
import { HostError } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import type { Entry } from "./order.ts";
import type { Tested } from "./tests.ts";

const words = strings.failover;

interface RowProps {
  entry: Entry;
  /** The list that it is in. */
  balancer: string;
  /** What came of its test, if it was tested. */
  tested?: Tested | undefined;
  profile: ProfileRow | undefined;
  /** What stands at its left edge: the handle, where there is an order. */
  handle?: ReactNode;
  /** What stands before its menu: the weight, where there is one. */
  weight?: ReactNode;
  /** Moves it by one place; absent where it can't go, both where there is no order. */
  onUp?: (() => void) | undefined;
  onDown?: (() => void) | undefined;
  ordered?: boolean;
  onRemove: () => void;
  lifted?: boolean;
  ref?: Ref<HTMLLIElement>;
  style?: CSSProperties;
}

/** A member of a list, with what it does now. */
export function Row({
  entry,
  balancer,
  tested,
  profile,
  handle,
  weight,
  onUp,
  onDown,
  ordered = false,
  onRemove,
  lifted = false,
  ref,
  style,
}: RowProps) {
  const now = useNow(entry.profile, profile);
  return (
    <li
      ref={ref}
      style={style}
      data-testid={`row-${entry.id}`}
      data-state={now.state}
      className={`relative flex min-h-15 flex-wrap items-center gap-x-3 gap-y-2 rounded-[8px] border bg-panel py-2.5 pr-2 pl-2 ${
        lifted ? "z-10 -rotate-[0.350deg] border-accent bg-raise shadow-float" : "border-line"
      }`}
    >
      {handle}
      <ProviderMark provider={profile?.provider ?? ""} />
      <div className="min-w-0 flex-1 basis-40">
        <p className="font-medium wrap-anywhere">{entry.profile}</p>
        <p className="font-mono text-small wrap-anywhere text-ink-3">{profile?.model}</p>
      </div>
      <div className="@min-[560px]:w-39">
        <StatePill state={now.state} until={now.until} />
      </div>
      {weight && (
        <div className="order-1 basis-full pl-1 @min-[560px]:order-none @min-[560px]:basis-auto @min-[560px]:pl-0">
          {weight}
        </div>
      )}
      <Menu
        trigger={
          <Button look="quiet" aria-label={words.rowMenu(entry.profile)} className="px-1.5 text-ink-3">
            <Ellipsis className="size-4" aria-hidden="true" />
          </Button>
        }
      >
        {ordered && (
          <>
            <MenuItem disabled={!onUp} onSelect={() => onUp?.()}>
              <ArrowUp className="size-4" aria-hidden="true" />
              {words.moveUp}
            </MenuItem>
            <MenuItem disabled={!onDown} onSelect={() => onDown?.()}>
              <ArrowDown className="size-4" aria-hidden="true" />
              {words.moveDown}
            </MenuItem>
            <MenuLine />
          </>
        )}
        <PinItem balancer={balancer} member={entry.profile} />
        <MenuLine />
        <MenuItem danger onSelect={onRemove}>
          <X className="size-4" aria-hidden="true" />
          {words.remove}
        </MenuItem>
      </Menu>
      {tested && <TestLine tested={tested} />}
    </li>
  );
}

/** Sends the balancer's requests to this member first, or takes that back. */
function PinItem({ balancer, member }: { balancer: string; member: string }) {
  const act = useDo();
  const toast = useToast();
  const { state } = useLive();
  const pinned = state?.routes.find((route) => route.balancer && route.name === balancer)?.pinned === member;
  const toggle = () =>
    act(async (host) => {
      if (pinned) await host.perform("unpin", { route: balancer });
      else await host.perform("pin", { route: balancer, member });
      toast({ text: pinned ? strings.live.unpinnedNow(balancer) : strings.live.pinnedNow(member) });
    });
  const Icon = pinned ? PinOff : Pin;
  return (
    <MenuItem onSelect={() => void toggle()}>
      <Icon className="size-4" aria-hidden="true" />
      {pinned ? strings.live.unpin : words.pin}
    </MenuItem>
  );
}

/** What came of a member's test, under its name. */
function TestLine({ tested }: { tested: Tested }) {
  const { foresight } = words;
  const line = "order-2 flex basis-full items-start gap-1.5 text-small wrap-anywhere";
  if (tested === "busy") return <p className={`${line} pl-2 text-ink-3`}>{foresight.testing}</p>;
  const ok = !(tested instanceof HostError) && tested.ok;
  const Icon = ok ? Check : X;
  return (
    <p
      data-testid="member-test"
      data-ok={ok}
      className={`${line} ${ok ? "pl-2 text-ok" : "rounded-control bg-bad-well px-2 py-1.5 text-ink"}`}
    >
      <Icon className={`mt-0.5 size-3.5 shrink-0 ${ok ? "" : "text-bad"}`} aria-hidden="true" />
      <span className="min-w-0">
        {ok ? foresight.answered(span(tested.tookMs)) : `${tested.message ?? ""} ${tested.hint ?? ""}`.trim()}
      </span>
    </p>
  );
}

/** What the member does now: pushed, if it belongs to what is in use; else as the list of profiles has it. */
function useNow(name: string, profile: ProfileRow | undefined): Pick<LiveMember, "state" | "until"> {
  const { state } = useLive();
  const live = state?.members.find((member) => member.name === name);
  return live ?? profile ?? { state: "missing", until: null };
}
