import { useAskedAnew, useDo } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { Empty } from "../../components/Empty.tsx";
import { useToast } from "../../components/Toasts.tsx";
import { useLive } from "../../feed.tsx";
import { strings } from "../../strings.ts";
import { isFiltered, noFilters, type Filters } from "./filters.ts";

const words = strings.requests;

export interface Looking {
  filters: Filters;
  onFilters: (filters: Filters) => void;
  shown: boolean;
}

/** Why there is nothing to show, and what to do about it. */
export function Nothing({ filters, onFilters, shown }: Looking) {
  const { state } = useLive();
  const { data: history } = useAskedAnew("history", {}, shown);
  const act = useDo();
  const toast = useToast();
  if (history === undefined) return null;
  if (history.exchanges === 0) {
    const copy = (address: string) =>
      act(async (host) => {
        await host.copyText(address);
        toast({ text: strings.frame.addressCopied });
      });
    return (
      <Empty title={words.none} why={words.noneWhy}>
        {state && (
          <Button look="main" onClick={() => void copy(state.address)}>
            {words.copyAddress}
          </Button>
        )}
      </Empty>
    );
  }
  return isFiltered(filters) ? (
    <Empty title={words.noneMatch} why={words.noneMatchWhy}>
      <Button
        look="main"
        onClick={() => {
          onFilters({ ...noFilters, range: filters.range });
        }}
      >
        {words.clear}
      </Button>
    </Empty>
  ) : (
    <Empty title={words.noneInRange} why={words.noneInRangeWhy}>
      <Button
        look="main"
        onClick={() => {
          onFilters({ ...filters, range: "ever" });
        }}
      >
        {words.showEver}
      </Button>
    </Empty>
  );
}
