import { useId, useState, type ReactNode } from "react";
import { useAskedAnew } from "../../ask.ts";
import { count, dayName, hourOf, money, span } from "../../figures.ts";
import type { ExchangeFilter, Group } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { bucketsOf, bucketStart, ceiling, stacked, stepOf, type Stack, type Step } from "./buckets.ts";
import type { Range } from "./filters.ts";

const words = strings.requests.plots;

/** How the parts of a bar look, the largest first. They stand beside their names, and in a table. */
const fills = ["bg-accent", "bg-ink-3", "bg-accent/45", "bg-ink-3/45", "bg-edge/30"];

interface PlotsProps {
  filter: ExchangeFilter;
  range: Range;
  shown: boolean;
}

/** The course of requests, times and cost: each as a picture, in words, and as a table. */
export function Plots({ filter, range, shown }: PlotsProps) {
  const step = stepOf(range);
  const whole = useAskedAnew("statistics", { by: [step], ...filter }, shown);
  const byMember = useAskedAnew("statistics", { by: [step, "member"], ...filter }, shown);
  if (!whole.data || !byMember.data || whole.data.groups.length === 0) return null;
  const buckets = bucketsOf(range, new Date(), whole.data.groups);
  const of = new Map(whole.data.groups.map((group) => [group.keys[0], group]));
  const groups = buckets.map((bucket) => of.get(bucket));
  const shared = { step, buckets, groups };
  return (
    <div className="mt-4 grid grid-cols-[repeat(auto-fit,minmax(min(100%,290px),1fr))] gap-x-6 gap-y-5">
      <Requests {...shared} stacks={stacked(buckets, byMember.data.groups)} />
      <Times {...shared} />
      <Cost {...shared} />
    </div>
  );
}

interface OverTime {
  step: Step;
  buckets: readonly string[];
  /** What is known of each bucket; nothing where nothing happened. */
  groups: readonly (Group | undefined)[];
}

const nameOf = (bucket: string) => (bucket.includes("T") ? hourOf(bucketStart(bucket)) : dayName(bucket));

const memberOf = ({ member }: Stack) =>
  member === undefined ? words.others : (member ?? strings.requests.statistics.noMember);

function Requests({ stacks, ...time }: OverTime & { stacks: readonly Stack[] }) {
  const { buckets } = time;
  const sums = buckets.map((_, at) => stacks.reduce((sum, { values }) => sum + (values[at] ?? 0), 0));
  const top = ceiling(sums);
  const said = (at: number) => [
    count(sums[at] ?? 0),
    ...stacks.flatMap((stack) => {
      const value = stack.values[at] ?? 0;
      return value === 0 ? [] : [words.part(memberOf(stack), count(value))];
    }),
  ];
  const total = sums.reduce((sum, value) => sum + value, 0);
  return (
    <Plot
      {...time}
      title={words.requests[time.step]}
      summary={words.requestsSaid(count(total), count(Math.max(0, ...sums)))}
      top={count(top)}
      said={(at) => said(at).join(", ")}
      heads={[words.all, ...stacks.map(memberOf)]}
      cells={(at) => [count(sums[at] ?? 0), ...stacks.map(({ values }) => count(values[at] ?? 0))]}
      legend={stacks.map((stack, at) => ({ name: memberOf(stack), mark: <Mark fill={fills[at] ?? ""} /> }))}
    >
      <Bars parts={buckets.map((_, at) => stacks.map(({ values }) => (100 * (values[at] ?? 0)) / top))} />
    </Plot>
  );
}

function Times({ groups, ...time }: OverTime) {
  const p50 = groups.map((group) => group?.firstContent.p50 ?? null);
  const p95 = groups.map((group) => group?.firstContent.p95 ?? null);
  const known = [...p50, ...p95].filter((value) => value !== null);
  const top = ceiling(known);
  const spoken = (value: number | null | undefined) => (value == null ? strings.feed.unknown : span(value));
  return (
    <Plot
      {...time}
      groups={groups}
      title={words.times[time.step]}
      summary={words.timesSaid(
        spoken(Math.min(...p50.filter((value) => value !== null))),
        spoken(Math.max(0, ...known)),
      )}
      top={span(top)}
      said={(at) => words.timeAt(spoken(p50[at]), spoken(p95[at]))}
      heads={[words.p50, words.p95]}
      cells={(at) => [spoken(p50[at]), spoken(p95[at])]}
      legend={[
        { name: words.p50, mark: <Line /> },
        { name: words.p95, mark: <Line dashed /> },
      ]}
    >
      <svg
        viewBox={`0 0 ${String(p50.length)} 100`}
        preserveAspectRatio="none"
        className="absolute inset-0 size-full overflow-visible"
      >
        <Course values={p95} top={top} dashed />
        <Course values={p50} top={top} />
      </svg>
    </Plot>
  );
}

function Cost({ groups, ...time }: OverTime) {
  const usd = groups.map((group) => (group?.cost.microUsd ?? 0) / 1e6);
  const unknown = groups.reduce((sum, group) => sum + (group?.cost.unknown ?? 0), 0);
  const top = ceiling(usd);
  const total = usd.reduce((sum, value) => sum + value, 0);
  const nothing = groups.every((group) => (group?.cost.known ?? 0) === 0);
  return (
    <Plot
      {...time}
      groups={groups}
      title={words.cost[time.step]}
      summary={nothing ? words.costNone : words.costSaid(money(total), unknown, count(unknown))}
      top={money(top)}
      said={(at) => money(usd[at] ?? 0)}
      heads={[words.usd]}
      cells={(at) => [money(usd[at] ?? 0)]}
      legend={[]}
    >
      <Bars parts={usd.map((value) => [(100 * value) / top])} />
    </Plot>
  );
}

interface PlotProps extends OverTime {
  title: string;
  /** What the picture shows, in words. */
  summary: string;
  /** What the axis reaches up to. */
  top: string;
  /** The values of one bucket, in words. */
  said: (at: number) => string;
  /** The heads and the cells of the table. */
  heads: readonly string[];
  cells: (at: number) => readonly string[];
  legend: readonly { name: string; mark: ReactNode }[];
  children: ReactNode;
}

function Plot({ title, summary, top, buckets, said, heads, cells, legend, children }: PlotProps) {
  const id = useId();
  const [pointed, setPointed] = useState<number>();
  const [first, last] = [buckets[0], buckets.at(-1)];
  return (
    <figure aria-labelledby={id} className="min-w-0" data-testid="plot">
      <figcaption>
        <h2 id={id} className="font-medium">
          {title}
        </h2>
        {/* Its line is there whatever is pointed at: nothing moves. */}
        <p className="min-h-9 text-small text-ink-3">
          {pointed === undefined ? summary : words.at(nameOf(buckets[pointed] ?? ""), said(pointed))}
        </p>
      </figcaption>
      <div className="mt-1 flex gap-2">
        <div
          aria-hidden="true"
          className="flex h-28 w-11 shrink-0 flex-col justify-between text-right font-mono text-small leading-none text-ink-3"
        >
          <span>{top}</span>
          <span>0</span>
        </div>
        <div
          role="img"
          aria-label={`${title}. ${summary}`}
          className="relative h-28 min-w-0 flex-1 border-y border-line"
          onPointerMove={({ clientX, currentTarget }) => {
            const { left, width } = currentTarget.getBoundingClientRect();
            const at = Math.floor(((clientX - left) / width) * buckets.length);
            setPointed(Math.min(Math.max(at, 0), buckets.length - 1));
          }}
          onPointerLeave={() => {
            setPointed(undefined);
          }}
        >
          {pointed !== undefined && (
            <div
              className="absolute inset-y-0 bg-well"
              style={{
                left: `${String((100 * pointed) / buckets.length)}%`,
                width: `${String(100 / buckets.length)}%`,
              }}
            />
          )}
          {children}
        </div>
      </div>
      <div aria-hidden="true" className="mt-1 flex justify-between gap-2 pl-13 text-small text-ink-3">
        <span>{first !== undefined && nameOf(first)}</span>
        <span>{last !== first && last !== undefined && nameOf(last)}</span>
      </div>
      <ul className="mt-1 flex min-h-4.5 flex-wrap gap-x-4 pl-13 text-small text-ink-2">
        {legend.map(({ name, mark }) => (
          <li key={name} className="flex min-w-0 items-center gap-1.5 wrap-anywhere">
            {mark}
            {name}
          </li>
        ))}
      </ul>
      <details className="mt-1 pl-13">
        <summary className="cursor-pointer rounded-control text-small text-accent">{words.asTable}</summary>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
        <div role="region" aria-label={words.tableOf(title)} tabIndex={0} className="mt-1 max-h-60 overflow-auto">
          <table className="w-full border-collapse text-small">
            <thead>
              <tr className="border-b border-line text-right text-ink-3 *:pr-3 *:font-medium">
                <th scope="col" className="text-left">
                  {words.when}
                </th>
                {heads.map((head) => (
                  <th key={head} scope="col">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {buckets.map((bucket, at) => (
                <tr key={bucket} className="border-b border-line *:py-0.5 *:pr-3">
                  <th scope="row" className="text-left font-normal whitespace-nowrap">
                    {nameOf(bucket)}
                  </th>
                  {cells(at).map((cell, column) => (
                    <td key={heads[column]} className="text-right font-mono whitespace-nowrap tabular-nums">
                      {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

/** Bars of parts, each so many hundredths of the whole height. */
function Bars({ parts }: { parts: readonly (readonly number[])[] }) {
  return (
    <div className="absolute inset-0 flex items-end">
      {parts.map((bar, at) => (
        <div key={at} className="h-full min-w-0 flex-1">
          <div className="mx-auto flex h-full w-3/4 max-w-8 flex-col-reverse gap-px">
            {bar.map(
              (height, part) =>
                height > 0 && (
                  <div
                    key={part}
                    className={`min-h-px shrink-0 ${fills[part] ?? ""}`}
                    style={{ height: `calc(${String(height)}% - 1px)` }}
                  />
                ),
            )}
          </div>
        </div>
      ))}
    </div>
  );
}

interface CourseProps {
  values: readonly (number | null)[];
  top: number;
  dashed?: boolean;
}

/** A line through what is known; a point where nothing is known on either side. */
function Course({ values, top, dashed = false }: CourseProps) {
  const known = (at: number) => (values[at] ?? null) !== null;
  const place = (at: number) => `${String(at + 0.5)} ${String(100 - (100 * (values[at] ?? 0)) / top)}`;
  const places = values.flatMap((_, at) => (known(at) ? [at] : []));
  const line = places.map((at) => `${known(at - 1) ? "L" : "M"} ${place(at)}`).join(" ");
  const alone = places.filter((at) => !known(at - 1) && !known(at + 1)).map((at) => `M ${place(at)} h 0.0001`);
  const look = dashed ? "stroke-ink-3" : "stroke-accent";
  const shared = { fill: "none", vectorEffect: "non-scaling-stroke", strokeLinecap: "round", className: look } as const;
  return (
    <>
      <path d={line} {...shared} strokeWidth={2} strokeDasharray={dashed ? "1 4" : undefined} />
      <path d={alone.join(" ")} {...shared} strokeWidth={6} />
    </>
  );
}

function Mark({ fill }: { fill: string }) {
  return <span aria-hidden="true" className={`size-2.5 shrink-0 rounded-[2px] ${fill}`} />;
}

function Line({ dashed = false }: { dashed?: boolean }) {
  return (
    <span
      aria-hidden="true"
      className={`w-4 shrink-0 border-t-2 ${dashed ? "border-dotted border-ink-3" : "border-accent"}`}
    />
  );
}
