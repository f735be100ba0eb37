import { Button } from "../../components/Button.tsx";
import { SearchField } from "../../components/SearchField.tsx";
import { Select } from "../../components/Select.tsx";
import { strings } from "../../strings.ts";
import { isFiltered, noFilters, outcomes, ranges, type Filters } from "./filters.ts";

const words = strings.requests;

interface FilterBarProps {
  filters: Filters;
  onChange: (filters: Filters) => void;
  members: readonly string[];
  routes: readonly string[];
  tools: readonly string[];
}

/** What is looked for in the history: it holds for the list, the statistics and an export. */
export function FilterBar({ filters, onChange, members, routes, tools }: FilterBarProps) {
  const set = (change: Partial<Filters>) => {
    onChange({ ...filters, ...change });
  };
  return (
    <div role="search" aria-label={words.search} className="mt-4 flex flex-wrap items-center gap-2">
      <SearchField
        label={words.search}
        placeholder={words.searchHint}
        data-testid="history-search"
        value={filters.text}
        onType={(text) => {
          set({ text });
        }}
        className="flex-1 basis-56"
      />
      <Select
        label={words.range}
        value={filters.range}
        choices={ranges.map((value) => ({ value, text: words.ranges[value] }))}
        onChoose={(range) => {
          set({ range });
        }}
        className="w-34"
      />
      <Select
        label={words.member}
        value={filters.member}
        choices={named(words.anyMember, members, filters.member)}
        onChoose={(member) => {
          set({ member });
        }}
        className="w-38"
      />
      <Select
        label={words.route}
        value={filters.route}
        choices={named(words.anyRoute, routes, filters.route)}
        onChoose={(route) => {
          set({ route });
        }}
        className="w-34"
      />
      <Select
        label={words.tool}
        value={filters.tool}
        choices={named(words.anyTool, tools, filters.tool)}
        onChoose={(tool) => {
          set({ tool });
        }}
        className="w-30"
      />
      <Select
        label={words.outcome}
        value={filters.outcome}
        choices={[
          { value: "", text: words.anyOutcome },
          ...outcomes.map((value) => ({ value, text: words.outcomes[value] })),
        ]}
        onChoose={(outcome) => {
          set({ outcome });
        }}
        className="w-36"
      />
      {isFiltered(filters) && (
        <Button
          look="quiet"
          onClick={() => {
            onChange({ ...noFilters, range: filters.range });
          }}
        >
          {words.clear}
        </Button>
      )}
    </div>
  );
}

/** Any, then the names; the chosen one stays among them though the time in view no longer has it. */
function named(any: string, names: readonly string[], chosen: string) {
  const all = chosen === "" || names.includes(chosen) ? names : [...names, chosen];
  return [{ value: "", text: any }, ...all.map((name) => ({ value: name, text: name }))];
}
