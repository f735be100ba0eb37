import { useState } from "react";
import { useAskedAnew } from "../../ask.ts";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { Segmented } from "../../components/Segmented.tsx";
import { count, dayName, percent, span, tokenCount } from "../../figures.ts";
import type { By, ExchangeFilter, Group, Percentiles } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { costSaid, inOrder, success } from "./groups.ts";
import { Nothing, type Looking } from "./Nothing.tsx";
import { Plots } from "./Plots.tsx";
import { Shares } from "./Shares.tsx";

const words = strings.requests.statistics;

/** Hours are for the plots: as lines of a table they would be too many. */
type Grouping = Exclude<By, "hour">;

const groupings: readonly Grouping[] = ["member", "route", "tool", "model", "day"];

/** What the history comes to, in figures: a line for each group, one for all, and how the load was shared. */
export function Statistics({ filter, ...looking }: Looking & { filter: ExchangeFilter }) {
  const [by, setBy] = useState<Grouping>("member");
  const grouped = useAskedAnew("statistics", { by: [by], ...filter }, looking.shown);
  const whole = useAskedAnew("statistics", { by: [], ...filter }, looking.shown);
  const error = grouped.error ?? whole.error;
  const all = whole.data?.groups[0];
  // While another grouping is being reckoned, the present one stays, under its own name.
  const [shownBy, setShownBy] = useState<Grouping>(by);
  if (!grouped.isPlaceholderData && grouped.data && shownBy !== by) setShownBy(by);
  return (
    <section aria-label={strings.requests.view.statistics} className="mt-3">
      {error && <ErrorNote error={error} />}
      {!error && !grouped.data && <p className="text-small text-ink-3">{strings.requests.reading}</p>}
      {grouped.data && (
        <>
          <Plots filter={filter} range={looking.filters.range} shown={looking.shown} />
          <div className="mt-5 flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="text-small text-ink-3" aria-hidden="true">
              {words.by}
            </span>
            <Segmented legend={words.by} choices={groupings} words={words.groupings} value={by} onChoose={setBy} />
          </div>
          {grouped.data.groups.length === 0 ? (
            <div className="mt-3">
              <Nothing {...looking} />
            </div>
          ) : (
            <>
              <Table by={shownBy} groups={inOrder(shownBy, grouped.data.groups)} all={all} />
              <p className="mt-2 max-w-200 text-small text-ink-3">{words.note}</p>
              <Shares shares={grouped.data.shares} />
            </>
          )}
        </>
      )}
    </section>
  );
}

const figure = "text-right font-mono text-small whitespace-nowrap tabular-nums";
const quiet = `${figure} text-ink-2`;

function Table({ by, groups, all }: { by: Grouping; groups: readonly Group[]; all: Group | undefined }) {
  return (
    // A region that scrolls sideways must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div role="region" aria-label={words.table} tabIndex={0} className="mt-3 overflow-x-auto">
      <table className="w-full border-collapse" data-testid="statistics">
        <thead className="text-small text-ink-3 *:*:pr-3 *:*:font-medium">
          <tr className="*:h-6 *:align-bottom">
            <th scope="col" rowSpan={2} className="sticky left-0 bg-canvas text-left">
              {words.groupings[by]}
            </th>
            {[words.requests, words.success, words.failovers, words.saved].map((word) => (
              <th key={word} scope="col" rowSpan={2} className="text-right">
                {word}
              </th>
            ))}
            <th scope="colgroup" colSpan={3} className="border-b border-line text-center">
              {words.firstContent}
            </th>
            <th scope="colgroup" colSpan={3} className="border-b border-line text-center">
              {words.total}
            </th>
            <th scope="colgroup" colSpan={2} className="border-b border-line text-center">
              {words.tokens}
            </th>
            <th scope="col" rowSpan={2} className="pr-0! text-right">
              {words.cost}
            </th>
          </tr>
          <tr className="*:h-6 *:text-right">
            {[words.firstContent, words.total].map((of) =>
              [words.p50, words.p95, words.p99].map((each) => (
                <th key={of + each} scope="col">
                  {each}
                </th>
              )),
            )}
            <th scope="col">{words.input}</th>
            <th scope="col">{words.output}</th>
          </tr>
        </thead>
        <tbody className="border-t border-line">
          {groups.map((group) => (
            <Line key={group.keys[0] ?? ""} name={nameOf(by, group.keys[0] ?? null)} group={group} />
          ))}
        </tbody>
        {all && (
          <tfoot className="font-medium">
            <Line name={words.all} group={all} />
          </tfoot>
        )}
      </table>
    </div>
  );
}

const nameless = {
  member: words.noMember,
  route: words.nowhere,
  tool: words.notSaid,
  model: words.noModel,
  day: words.notSaid,
} as const;

function nameOf(by: Grouping, key: string | null): string {
  if (key === null) return nameless[by];
  return by === "day" ? dayName(key) : key;
}

function Line({ name, group }: { name: string; group: Group }) {
  const { tokens } = group;
  const whole = success(group);
  return (
    <tr className="border-b border-line *:py-1.5 *:pr-3" data-testid={`group-${name}`}>
      <th scope="row" className="sticky left-0 min-w-36 bg-canvas text-left [font-weight:inherit] wrap-anywhere">
        {name}
      </th>
      <td className={figure}>{count(group.requests)}</td>
      <td className={figure}>{whole === null ? strings.feed.unknown : percent(whole)}</td>
      <td className={quiet}>{count(group.failovers)}</td>
      <td className={quiet}>{count(group.saved)}</td>
      <Times of={group.firstContent} />
      <Times of={group.total} />
      <td className={quiet}>{tokensSaid(tokens.input, tokens.estimatedInput, tokens.unknown)}</td>
      <td className={quiet}>{tokensSaid(tokens.output, tokens.estimatedOutput, tokens.unknown)}</td>
      <td className={`${figure} pr-0!`}>
        {costSaid(group.cost).map((said, at) => (
          <span key={said} className={`block ${at > 0 ? "text-ink-3" : ""}`}>
            {said}
          </span>
        ))}
      </td>
    </tr>
  );
}

function Times({ of }: { of: Percentiles }) {
  return [of.p50, of.p95, of.p99].map((ms, at) => (
    <td key={at} className={quiet}>
      {ms === null ? strings.feed.unknown : span(ms)}
    </td>
  ));
}

/** Never a nought where nothing was reported. */
function tokensSaid(reported: number, estimated: number, unknown: number): string {
  if (reported + estimated === 0 && unknown > 0) return words.costUnknown;
  return tokenCount(reported + estimated, estimated > 0);
}
