import { ArrowDown, ArrowUp, Ellipsis, X } from "lucide-react";
import type { CSSProperties, ReactNode, Ref } from "react";
import { Button } from "../../components/Button.tsx";
import { Menu, MenuItem, MenuLine } from "../../components/Menu.tsx";
import { ProviderMark } from "../../components/ProviderMark.tsx";
import { StatePill } from "../../components/StateMark.tsx";
import { useLive } from "../../feed.tsx";
import type { LiveMember, ProfileRow } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import type { Entry } from "./order.ts";

const words = strings.failover;

interface RowProps {
  entry: Entry;
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
      {weight}
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
        <MenuItem danger onSelect={onRemove}>
          <X className="size-4" aria-hidden="true" />
          {words.remove}
        </MenuItem>
      </Menu>
    </li>
  );
}

/** What the member does now: pushed, if it belongs to what is in use; else as the list of profiles has it. */
function useNow(name: string, profile: ProfileRow | undefined): Pick<LiveMember, "state" | "until"> {
  const { state } = useLive();
  const live = state?.members.find((member) => member.name === name);
  return live ?? profile ?? { state: "missing", until: null };
}
