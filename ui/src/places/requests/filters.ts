import type { ExchangeFilter, Outcome } from "../../host/generated.ts";

/** Over which time, in local days up to now. */
export type Range = "today" | "week" | "month" | "quarter" | "ever";

/** How many local days each takes in, today among them. */
const days: Record<Exclude<Range, "ever">, number> = { today: 1, week: 7, month: 30, quarter: 90 };

export const ranges: readonly Range[] = ["today", "week", "month", "quarter", "ever"];

export const outcomes: readonly Outcome[] = ["served", "saved", "failed-over", "failed", "truncated", "cancelled"];

/** What is looked for; what is empty doesn't matter. */
export interface Filters {
  text: string;
  range: Range;
  member: string;
  route: string;
  tool: string;
  outcome: Outcome | "";
}

/** Nothing is looked for, over the last days. */
export const noFilters: Filters = { text: "", range: "week", member: "", route: "", tool: "", outcome: "" };

/** When a range begins, in milliseconds since 1970: at a local midnight. */
export function beginning(range: Range, now: Date): number | undefined {
  if (range === "ever") return undefined;
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - days[range] + 1).getTime();
}

/** The filters as the engine takes them. */
export function filterOf({ range, ...filters }: Filters, now: Date): ExchangeFilter {
  const { outcome, ...words } = filters;
  const from = beginning(range, now);
  const said = Object.entries(words).flatMap(([name, value]) => (value.trim() === "" ? [] : [[name, value.trim()]]));
  return {
    ...(Object.fromEntries(said) as Partial<typeof words>),
    ...(outcome === "" ? {} : { outcome }),
    ...(from === undefined ? {} : { from }),
  };
}

/** Whether anything but the time is looked for. */
export function isFiltered(filters: Filters): boolean {
  return Object.entries(filters).some(([name, value]) => name !== "range" && String(value).trim() !== "");
}
