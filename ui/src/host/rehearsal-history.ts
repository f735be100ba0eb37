import type { By, ExchangeFilter, ExchangeRow, Group, Outcome, Percentiles } from "./generated.ts";

const failedSomewhere = (row: ExchangeRow) => row.steps.some((step) => step.kind === "failed");

const came: Record<Outcome, (row: ExchangeRow) => boolean> = {
  served: (row) => row.ended === "served",
  failed: (row) => row.ended === "failed",
  truncated: (row) => row.ended === "truncated",
  cancelled: (row) => row.ended === "cancelled",
  saved: (row) => row.ended === "served" && failedSomewhere(row),
  "failed-over": (row) => row.servedBy !== null && failedSomewhere(row),
};

/** The exchanges that a filter leaves, as the engine's history would. */
export function matching(exchanges: readonly ExchangeRow[], filter: ExchangeFilter): ExchangeRow[] {
  const { text, route, member, tool, dialect, outcome, from, to } = filter;
  return exchanges.filter((row) => {
    const says = [row.id, row.tool, row.asked, row.answered, row.route, row.error]
      .concat(row.steps.flatMap((step) => [step.member, step.detail]))
      .some((each) => each?.toLowerCase().includes((text ?? "").toLowerCase()));
    return (
      says &&
      (route === undefined || row.route === route) &&
      (member === undefined || row.steps.some((step) => step.kind !== "skipped" && step.member === member)) &&
      (tool === undefined || row.tool === tool) &&
      (dialect === undefined || row.dialect === dialect) &&
      (outcome === undefined || came[outcome](row)) &&
      (from === undefined || row.time >= from) &&
      (to === undefined || row.time < to)
    );
  });
}

const owner = (row: ExchangeRow) => row.steps.filter((step) => step.kind !== "skipped").at(-1)?.member ?? null;

function day(instant: number): string {
  const at = new Date(instant);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${String(at.getFullYear())}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

const keys: Record<By, (row: ExchangeRow) => string | null> = {
  member: owner,
  route: (row) => row.route,
  tool: (row) => row.tool,
  model: (row) => row.answered,
  day: (row) => day(row.time),
  hour: (row) => `${day(row.time)}T${String(new Date(row.time).getHours()).padStart(2, "0")}`,
};

/** Sums over exchanges, in groups by their keys. */
export function grouped(exchanges: readonly ExchangeRow[], by: readonly By[]): Group[] {
  const groups = new Map<string, { keys: (string | null)[]; rows: ExchangeRow[] }>();
  for (const row of exchanges) {
    const of = by.map((each) => keys[each](row));
    const group = groups.get(JSON.stringify(of)) ?? { keys: of, rows: [] };
    group.rows.push(row);
    groups.set(JSON.stringify(of), group);
  }
  return [...groups.entries()].toSorted(([one], [other]) => one.localeCompare(other)).map(([, group]) => summed(group));
}

function summed({ keys: of, rows }: { keys: (string | null)[]; rows: ExchangeRow[] }): Group {
  const counted = (outcome: Outcome) => rows.filter(came[outcome]).length;
  const served = rows.filter((row) => row.ended === "served");
  const answered = rows.filter((row) => row.servedBy !== null);
  const output = (row: ExchangeRow) => Math.round((row.tokens ?? 0) / 8);
  const sum = (of: ExchangeRow[], value: (row: ExchangeRow) => number) => of.reduce((all, row) => all + value(row), 0);
  const reported = answered.filter((row) => row.tokens !== null && !row.tokensEstimated);
  const estimated = answered.filter((row) => row.tokensEstimated);
  const priced = answered.filter((row) => row.cost !== null && !row.included);
  return {
    keys: of,
    requests: rows.length,
    served: served.length,
    failed: counted("failed"),
    truncated: counted("truncated"),
    cancelled: counted("cancelled"),
    failovers: counted("failed-over"),
    saved: counted("saved"),
    firstContent: percentiles(served.flatMap((row) => row.firstContentMs ?? [])),
    total: percentiles(served.map((row) => row.totalMs)),
    tokens: {
      input: sum(reported, (row) => (row.tokens ?? 0) - output(row)),
      cached: 0,
      written: 0,
      output: sum(reported, output),
      reasoning: 0,
      estimatedInput: sum(estimated, (row) => (row.tokens ?? 0) - output(row)),
      estimatedOutput: sum(estimated, output),
      unknown: answered.filter((row) => row.tokens === null).length,
    },
    cost: {
      microUsd: sum(priced, (row) => Math.round((row.cost ?? 0) * 1e6)),
      known: priced.length,
      included: answered.filter((row) => row.included).length,
      unknown: answered.filter((row) => row.cost === null && !row.included).length,
    },
    attempts: { tried: sum(rows, (row) => row.steps.filter((step) => step.kind !== "skipped").length), outcomes: {} },
  };
}

/** By nearest rank. */
function percentiles(values: readonly number[]): Percentiles {
  const ordered = values.toSorted((one, other) => one - other);
  const at = (part: number) => ordered[Math.ceil(part * ordered.length) - 1] ?? null;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
