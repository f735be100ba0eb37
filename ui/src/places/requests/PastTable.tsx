import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { Exchange, ExchangeHead } from "../../components/exchanges/ExchangeTable.tsx";
import { Trail } from "../../components/exchanges/Trail.tsx";
import { dayAndTime } from "../../figures.ts";
import type { ExchangeRow } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import type { Past, Stretch } from "./blocks.ts";

const words = strings.requests;

/** How high a row of one line is, and the heads above the rows, in pixels. */
const ROW = 33;
const HEAD = 28;

interface PastTableProps {
  total: number;
  at: Past["at"];
  /** What is in view changed. */
  onView: (view: Stretch) => void;
}

/** The history as a table of any length: only the rows in view are drawn. One of them can be tabbed to; arrows go on. */
export function PastTable({ total, at, onView }: PastTableProps) {
  const id = useId();
  const table = useRef<HTMLTableElement>(null);
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const [margin, setMargin] = useState(0);
  const [reached, setReached] = useState(0);
  const [open, setOpen] = useState<ExchangeRow>();
  const opener = useRef<HTMLElement>(null);
  const goingTo = useRef<number>(undefined);

  useLayoutEffect(() => {
    const main = table.current?.closest("main") ?? null;
    setScroller(main);
    if (!main || !table.current) return;
    // What stands above may grow and shrink.
    const top = table.current.getBoundingClientRect().top - main.getBoundingClientRect().top + main.scrollTop;
    setMargin(Math.round(top));
  }, [total]);

  const current = Math.min(reached, total - 1);
  // Its functions are not to be memoized, and nothing here does.
  // eslint-disable-next-line react-hooks/incompatible-library
  const rows = useVirtualizer({
    count: total,
    getScrollElement: () => scroller,
    estimateSize: () => ROW,
    getItemKey: (place) => at(place)?.id ?? place,
    scrollMargin: margin + HEAD,
    scrollPaddingStart: HEAD,
    overscan: 12,
    // The row that has the focus stays, or the focus would be lost with it.
    rangeExtractor: (range) => {
      const places = defaultRangeExtractor(range);
      return places.includes(current) ? places : [...places, current].toSorted((one, other) => one - other);
    },
  });
  const items = rows.getVirtualItems();
  const { startIndex = 0, endIndex = 0 } = rows.range ?? {};
  useEffect(() => {
    onView({ from: startIndex, to: endIndex });
  }, [onView, startIndex, endIndex]);

  // The row that the keyboard went to takes the focus once it is drawn.
  useEffect(() => {
    const place = goingTo.current;
    if (place === undefined) return;
    const row = table.current?.querySelector<HTMLElement>(`tr[data-index="${String(place)}"] button`);
    const holds = document.activeElement === document.body || table.current?.contains(document.activeElement) === true;
    if (!row || !holds) return;
    row.focus({ preventScroll: true });
    // One that is still being read is drawn anew once it is there.
    if (at(place) !== undefined) goingTo.current = undefined;
  });
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target instanceof HTMLElement) || event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, endIndex - startIndex - 1);
    const steps: Partial<Record<string, number>> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: total - 1,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const place = Math.min(Math.max(step, 0), total - 1);
    goingTo.current = place;
    setReached(place);
    rows.scrollToIndex(place, { align: "auto" });
  };
  const drawn = useRef(new Map<string, ExchangeRow>());
  useEffect(() => {
    drawn.current = new Map(items.flatMap(({ index }) => at(index) ?? []).map((row) => [row.id, row]));
  });
  const show = useCallback((exchange: string, from: HTMLElement) => {
    opener.current = from;
    setOpen(drawn.current.get(exchange));
  }, []);

  // The stretches that are not drawn, as rows of their height: above, between the drawn ones, and below.
  let below = margin + HEAD;
  const body = items.flatMap((item) => {
    const gap = item.start - below;
    below = item.end;
    const exchange = at(item.index);
    return [
      ...(gap > 0 ? [<Gap key={`before-${String(item.index)}`} height={gap} />] : []),
      exchange === undefined ? (
        <tr key={item.key} data-index={item.index} aria-rowindex={item.index + 2} className="border-b border-line">
          <td colSpan={9} style={{ height: ROW }} className="text-small text-ink-3">
            <button type="button" tabIndex={item.index === current ? undefined : -1}>
              {words.reading}
            </button>
          </td>
        </tr>
      ) : (
        <Exchange
          key={item.key}
          ref={rows.measureElement}
          exchange={exchange}
          testId={`past-${exchange.id}`}
          time={dayAndTime(exchange.time)}
          open={exchange.id === open?.id}
          onOpen={show}
          at={item.index}
          reached={item.index === current}
        />
      ),
    ];
  });
  const rest = rows.getTotalSize() + margin + HEAD - below;
  return (
    <>
      <p id={`${id}-how`} className="sr-only">
        {words.rowKeys}
      </p>
      <table
        ref={table}
        aria-label={words.view.list}
        aria-describedby={`${id}-how`}
        aria-rowcount={total + 1}
        className="w-full table-fixed border-collapse"
      >
        <ExchangeHead stays />
        {/* Keys are those of the row's button, which has the focus. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <tbody
          onKeyDown={onKeyDown}
          onFocus={({ target }) => {
            const place = Number(target.closest("tr")?.dataset.index);
            if (Number.isInteger(place)) setReached(place);
          }}
        >
          {body}
          {rest > 0 && <Gap height={rest} />}
        </tbody>
      </table>
      <Trail
        exchange={open}
        onClose={() => {
          setOpen(undefined);
        }}
        onClosed={() => opener.current?.focus()}
      />
    </>
  );
}

/** The place of rows that are not drawn. */
function Gap({ height }: { height: number }) {
  return (
    <tr aria-hidden="true">
      <td colSpan={9} style={{ height, padding: 0 }} />
    </tr>
  );
}
