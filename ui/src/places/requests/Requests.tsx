import { useEffect, useState } from "react";
import { useAskedAnew } from "../../ask.ts";
import { Notice } from "../../components/Notice.tsx";
import { Segmented } from "../../components/Segmented.tsx";
import { useLive } from "../../feed.tsx";
import type { ExportView } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { Export, Exported } from "./Export.tsx";
import { FilterBar } from "./FilterBar.tsx";
import { beginning, filterOf, noFilters, type Filters } from "./filters.ts";
import { List } from "./List.tsx";
import { Statistics } from "./Statistics.tsx";

const words = strings.requests;

/** How long the typing must rest before it is looked for, in milliseconds. */
const RESTS = 250;

/** The history: what is looked for, as a list or in figures. */
export function Requests({ shown }: { shown: boolean }) {
  const { state } = useLive();
  const [view, setView] = useState<"list" | "statistics">("list");
  const [filters, setFilters] = useState<Filters>(noFilters);
  const [written, setWritten] = useState<ExportView>();
  const text = useRested(filters.text);
  const now = new Date();
  const filter = filterOf({ ...filters, text }, now);
  const names = useNames(filters.range, now, shown);
  return (
    <>
      {state?.history && <Notice notice={state.history} />}
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-80">
          <h1 className="text-title font-semibold tracking-tight">{strings.frame.requests}</h1>
          <p className="mt-1 text-ink-2">{words.lead}</p>
        </div>
        <div className="flex items-center gap-3">
          <Export filter={filter} onWritten={setWritten} />
          <Segmented
            legend={words.views}
            choices={["list", "statistics"]}
            words={words.view}
            value={view}
            onChoose={setView}
          />
        </div>
      </div>
      <FilterBar filters={filters} onChange={setFilters} {...names} />
      <Exported
        written={written}
        onClose={() => {
          setWritten(undefined);
        }}
      />
      {view === "list" ? (
        <List filter={filter} filters={filters} onFilters={setFilters} shown={shown} />
      ) : (
        <Statistics filter={filter} filters={filters} onFilters={setFilters} shown={shown} />
      )}
    </>
  );
}

/** The text once its typing rests. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => {
      setRested(text);
    }, RESTS);
    return () => {
      clearTimeout(timer);
    };
  }, [text]);
  return rested;
}

/** Who can be looked for: those of the time in view, also when they are no longer there, and those of now. */
function useNames(range: Filters["range"], now: Date, shown: boolean) {
  const { state } = useLive();
  const from = beginning(range, now);
  const { data } = useAskedAnew(
    "statistics",
    { by: ["member", "route", "tool"], ...(from === undefined ? {} : { from }) },
    shown,
  );
  const ofKey = (at: number) => (data?.groups ?? []).flatMap(({ keys }) => keys[at] ?? []);
  const routes = state?.routes ?? [];
  const singles = routes.filter((route) => !route.balancer).map((route) => route.name);
  return {
    members: sorted([...ofKey(0), ...singles]),
    routes: sorted([...ofKey(1), ...routes.map((route) => route.name)]),
    tools: sorted(ofKey(2)),
  };
}

const sorted = (names: readonly string[]) => [...new Set(names)].toSorted((one, other) => one.localeCompare(other));
