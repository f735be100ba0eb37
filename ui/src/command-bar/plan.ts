import type { Change, ConsoleOutput, WantedKey } from "../host/generated.ts";

/** One line of the list of what a block would change. */
export interface Row {
  line: number;
  /** What it changes, as far as that was looked at; absent for a line that can't run and for a key alone. */
  change: Change | undefined;
  /** The key that is asked for with it. */
  wanted: WantedKey | undefined;
  state: "planned" | "skipped" | "failed" | "unreached";
}

/**
 * What is known of a block's changes: as it was looked at last, and for lines that are passed over, or come after one that
 * can't run, as they were looked at before.
 */
export function rowsOf(plan: ConsoleOutput, known: ReadonlyMap<number, Change>, skip: ReadonlySet<number>): Row[] {
  const planned = new Map(plan.changes.map((change) => [change.line, change]));
  const { failed_line: failed } = plan;
  const wantedOf = (change: Change | undefined) => {
    if (change?.kind !== "create" && change?.kind !== "replace" && change?.kind !== "key") return undefined;
    return plan.wanted.findLast((wanted) => wanted.name === change.name && wanted.line <= change.line);
  };
  const stateOf = (line: number): Row["state"] | undefined => {
    if (skip.has(line)) return "skipped";
    if (line === failed) return "failed";
    if (planned.has(line)) return "planned";
    return failed !== null && line > failed ? "unreached" : undefined;
  };
  const lines = new Set([...known.keys(), ...planned.keys(), ...skip, ...(failed === null ? [] : [failed])]);
  const rows = [...lines].flatMap((line): Row[] => {
    const [state, change] = [stateOf(line), planned.get(line) ?? known.get(line)];
    if (state === undefined) return [];
    return [{ line, change, wanted: state === "planned" ? wantedOf(change) : undefined, state }];
  });
  // A profile that is saved as it is changes nothing, and may still want its key.
  const asked = new Set(rows.map(({ wanted }) => wanted));
  const alone = plan.wanted
    .filter((wanted) => !asked.has(wanted))
    .map((wanted): Row => ({ line: wanted.line, change: undefined, wanted, state: "planned" }));
  return [...rows, ...alone].sort((one, other) => one.line - other.line);
}
