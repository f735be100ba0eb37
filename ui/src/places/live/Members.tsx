import { useLayoutEffect, useRef, useState, type RefObject } from "react";
import { useDo } from "../../ask.ts";
import { ProviderMark } from "../../components/ProviderMark.tsx";
import { Sentence } from "../../components/Sentence.tsx";
import { StatePill, StateShape, ink } from "../../components/StateMark.tsx";
import { useToast } from "../../components/Toasts.tsx";
import { count, percent } from "../../figures.ts";
import type { ActiveRoute, LimitLeft as Window, LiveMember, LiveState } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { Elsewhere } from "./Elsewhere.tsx";
import { FaultMenu } from "./FaultMenu.tsx";
import { MinuteBars } from "./MinuteBars.tsx";
import { PracticeNote } from "./PracticeNote.tsx";
import { RAIL_X, rail, type Stop } from "./rail.ts";
import { currentShare, isOut } from "./sentence.ts";

const words = strings.live;

/** Over so many members their rows are compact. */
const ROOMY = 5;

/** The members of what is in use, in their order, joined by the rail. */
export function Members({ state }: { state: LiveState }) {
  const list = useRef<HTMLUListElement>(null);
  const places = usePlaces(list, state.members.length);
  const compact = state.members.length > ROOMY;
  const most = Math.max(1, ...state.members.flatMap(({ minutes }) => minutes.map(({ ok, failed }) => ok + failed)));
  const practice = state.members.some((member) => member.practice);
  return (
    <section
      aria-label={words.members(state.active?.name ?? "")}
      className="rounded-panel border border-line bg-panel shadow-panel"
    >
      {practice && state.active && <PracticeNote route={state.active.name} />}
      <ul ref={list} className="relative">
        {state.members.map((member) => (
          <Row key={member.name} member={member} most={most} compact={compact} route={state.active} />
        ))}
        <li aria-hidden="true" className="contents">
          <Rail members={state.members} places={places} />
        </li>
      </ul>
      <Elsewhere state={state} />
    </section>
  );
}

type Place = Pick<Stop, "top" | "height">;

/** Where the rows stand, measured: names wrap, so no row's height is known beforehand. */
function usePlaces(list: RefObject<HTMLUListElement | null>, rows: number): readonly Place[] {
  const [places, setPlaces] = useState<readonly Place[]>([]);
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = () => {
      // While another place is shown there is nothing to measure; the rows will be where they were.
      if (element.offsetHeight === 0) return;
      const measured = [...element.querySelectorAll<HTMLElement>(":scope > [data-member]")].map((row) => ({
        top: row.offsetTop,
        height: row.offsetHeight,
      }));
      setPlaces((known) => (JSON.stringify(known) === JSON.stringify(measured) ? known : measured));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    for (const row of element.children) observer.observe(row);
    return () => {
      observer.disconnect();
    };
  }, [list, rows]);
  return places;
}

function Rail({ members, places }: { members: readonly LiveMember[]; places: readonly Place[] }) {
  const stops = members.flatMap((member, index) => {
    const place = places[index];
    const share = currentShare(members, member);
    return place ? [{ ...place, serves: member.state === "serving", out: isOut(member), share }] : [];
  });
  const { carried, standby } = rail(stops);
  return (
    <svg className="pointer-events-none absolute inset-y-0 left-0 h-full w-14 fill-none" strokeLinecap="round">
      {standby.map((path) => (
        <path key={path} d={path} className="stroke-edge" strokeWidth="1.500" strokeDasharray="1 5" />
      ))}
      {carried.map(({ path, width }) => (
        <path key={path} d={path} className="stroke-ok" strokeWidth={width} strokeLinecap="butt" />
      ))}
      {stops.map(({ top, height }, index) => {
        const member = members[index];
        return (
          member && (
            <svg
              key={member.name}
              x={RAIL_X - 9}
              y={top + height / 2 - 9}
              width="18"
              height="18"
              viewBox="0 0 16 16"
              strokeLinejoin="round"
              className={`overflow-visible stroke-current ${ink(member.state)}`}
            >
              <circle cx="8" cy="8" r="8" stroke="none" className="fill-panel" />
              <StateShape state={member.state} />
            </svg>
          )
        );
      })}
    </svg>
  );
}

interface RowProps {
  member: LiveMember;
  /** The requests of the busiest minute of all members. */
  most: number;
  compact: boolean;
}

function Row({ member, most, compact, route }: RowProps & { route: ActiveRoute | null }) {
  const pinned = route?.pinned === member.name;
  return (
    <li
      data-member
      data-testid={`member-${member.name}`}
      data-state={member.state}
      className={`grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-2 border-t border-line pr-4 pl-14 first:border-t-0 min-[1120px]:grid-cols-[minmax(228px,262fr)_156px_98px_150px_78px_minmax(0,176fr)] ${
        compact ? "py-2" : "py-3 min-[1120px]:min-h-18"
      }`}
    >
      <div className="flex min-w-0 items-center gap-2.5">
        <ProviderMark provider={member.provider} small={compact} />
        <div className={compact ? "flex min-w-0 flex-wrap items-baseline gap-x-2" : "min-w-0"}>
          <p className="font-medium wrap-anywhere">
            {member.name}
            {member.practice && <span className="ml-2 text-small font-normal text-ink-3">{words.practice}</span>}
            {pinned && <span className="ml-2 text-small font-normal text-accent">{words.isPinned}</span>}
          </p>
          <p className="font-mono text-small wrap-anywhere text-ink-3">{member.model}</p>
        </div>
      </div>
      <div className="justify-self-end min-[1120px]:justify-self-start">
        <StatePill state={member.state} until={member.until} />
        {member.share !== null && (
          <p className="mt-0.5 text-right text-small tabular-nums text-ink-3 min-[1120px]:pl-2 min-[1120px]:text-left">
            {words.shareMeant(percent(Math.round(member.share * 10) / 10))}
          </p>
        )}
      </div>
      <div className="col-span-2 grid grid-cols-2 items-center gap-x-4 gap-y-2 min-[780px]:grid-cols-[98px_150px_78px_minmax(0,1fr)] min-[1120px]:contents">
        <FirstContent member={member} compact={compact} />
        <Minutes member={member} most={most} compact={compact} />
        <LimitLeft member={member} compact={compact} />
        <Reason member={member} route={route} />
      </div>
    </li>
  );
}

const label = (compact: boolean) => (compact ? "sr-only" : "text-small text-ink-3");
const value = "font-mono text-small tabular-nums";

function FirstContent({ member, compact }: { member: LiveMember; compact: boolean }) {
  return (
    <div>
      <p className={label(compact)}>{words.firstContent}</p>
      {member.p50 === null ? (
        <p className="text-small text-ink-3">{words.noData}</p>
      ) : (
        <p className={value}>
          {count(member.p50)}
          {member.p95 !== null && <span className="text-ink-3"> / {count(member.p95)}</span>}
        </p>
      )}
    </div>
  );
}

function Minutes({ member, most, compact }: RowProps) {
  const ok = member.minutes.reduce((sum, minute) => sum + minute.ok, 0);
  const failed = member.minutes.reduce((sum, minute) => sum + minute.failed, 0);
  return (
    <div>
      <p className={label(compact)}>
        {ok + failed === 0
          ? words.lastMinutes
          : words.lastMinutesRate(percent(Math.floor((1000 * ok) / (ok + failed)) / 10))}
      </p>
      <MinuteBars
        minutes={member.minutes}
        most={most}
        label={ok + failed === 0 ? words.barsNone : words.bars(count(ok), count(failed))}
      />
    </div>
  );
}

function LimitLeft({ member, compact }: { member: LiveMember; compact: boolean }) {
  const [first, ...others] = member.limits;
  return (
    <div>
      <p className={label(compact)}>{words.limitLeft}</p>
      {first === undefined ? (
        <p className="text-small text-ink-3">{words.notReported}</p>
      ) : (
        <>
          <LimitWindow window={first} />
          {others.length > 0 && !compact && (
            <details className="text-small text-ink-3">
              <summary className="cursor-pointer">{words.limitOthers(count(others.length))}</summary>
              {others.map((window) => (
                <LimitWindow key={window.name} window={window} />
              ))}
            </details>
          )}
        </>
      )}
    </div>
  );
}

/** One window of a limit: how much of what is left, and when it is whole again. */
function LimitWindow({ window: { name, left, remaining, limit, resetsAt } }: { window: Window }) {
  const much =
    left === null
      ? remaining === null
        ? words.notReported
        : count(remaining)
      : remaining === null || limit === null
        ? percent(Math.round(left * 100))
        : words.limitCount(count(remaining), count(limit));
  return (
    <>
      <p className={`${value} wrap-anywhere`}>{words.limitWindow(name, much)}</p>
      {left !== null && (
        <div className="mt-1 h-1 overflow-hidden rounded-full bg-well" aria-hidden="true">
          <div className="h-full bg-ink-3" style={{ width: `${String(left * 100)}%` }} />
        </div>
      )}
      {resetsAt !== null && (
        <p className="text-small text-ink-3">
          <Sentence text={words.limitResets} until={resetsAt} />
        </p>
      )}
    </>
  );
}

/** Sends a balancer's requests to this member first, until that is taken back. */
function Pin({ member, route }: { member: LiveMember; route: ActiveRoute }) {
  const act = useDo();
  const toast = useToast();
  const { name } = member;
  const pinned = route.pinned === name;
  const toggle = () =>
    act(async (host) => {
      if (pinned) await host.perform("unpin", { route: route.name });
      else await host.perform("pin", { route: route.name, member: name });
      toast({ text: pinned ? words.unpinnedNow(route.name) : words.pinnedNow(name) });
    });
  return (
    <button
      type="button"
      data-testid={`pin-${name}`}
      aria-label={pinned ? words.unpinNamed(name) : words.pinNamed(name)}
      onClick={() => void toggle()}
      className="shrink-0 text-small font-medium whitespace-nowrap text-accent hover:underline"
    >
      {pinned ? words.unpin : words.pin}
    </button>
  );
}

/** A message that stands alone. */
const sentenceCase = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function Reason({ member, route }: { member: LiveMember; route: ActiveRoute | null }) {
  const act = useDo();
  const toast = useToast();
  const { name } = member;
  const tryNow = () =>
    act(async (host) => {
      const { ok, message } = await host.perform("try_now", { member: name });
      toast({ text: ok === false ? words.stillOut(name, message) : words.triedNow(name, message) });
    });
  return (
    <div className="flex min-w-0 items-center gap-2">
      <p className="min-w-0 flex-1 text-small wrap-anywhere text-ink-2">
        {member.why ??
          (member.served > 0
            ? words.servedSome(count(member.served))
            : member.checked
              ? sentenceCase(member.checked.message)
              : member.state === "serving"
                ? words.noneServed
                : words.standsBy)}
        {member.canTry && (
          <>
            {" "}
            <button
              type="button"
              aria-label={words.tryNowNamed(name)}
              onClick={() => void tryNow()}
              className="font-medium whitespace-nowrap text-accent hover:underline"
            >
              {words.tryNow}
            </button>
          </>
        )}
      </p>
      {/* One under the other: beside each other they leave no room for the reason. */}
      <div className="flex shrink-0 flex-col items-end gap-1">
        {member.practice && <FaultMenu member={member} />}
        {route?.balancer && <Pin member={member} route={route} />}
      </div>
    </div>
  );
}
