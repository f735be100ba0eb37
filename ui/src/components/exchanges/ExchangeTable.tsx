import { Check, X } from "lucide-react";
import { memo, useCallback, useRef, useState, type Ref } from "react";
import { costOf, dayAndTime, span, timeOfDay, tokenCount } from "../../figures.ts";
import type { ExchangeRow, RouteStep } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { Trail } from "./Trail.tsx";

const words = strings.feed;

/** What can be left out where there is no room: it stands in the trail. */
const wideOnly = "hidden min-[1120px]:table-cell";

interface ExchangeTableProps {
  exchanges: readonly ExchangeRow[];
  /** What its rows are called in tests: each is `NAME-ID`. */
  rowId: string;
  /** Its rows are of many days: each says its own. */
  dated?: boolean;
  ref?: Ref<HTMLTableElement>;
}

/** Exchanges, newest first. A row opens the trail. Its columns are chosen by the width of the window: a container query costs WebKit half of all that a busy Live costs. */
export function ExchangeTable({ exchanges, rowId, dated = false, ref }: ExchangeTableProps) {
  const [open, setOpen] = useState<string>();
  const opener = useRef<HTMLElement>(null);
  const show = useCallback((id: string, from: HTMLElement) => {
    opener.current = from;
    setOpen(id);
  }, []);
  const shown = exchanges.find((exchange) => exchange.id === open);
  return (
    <>
      <table ref={ref} className="w-full border-collapse">
        <ExchangeHead />
        <tbody>
          {exchanges.map((exchange) => (
            <Exchange
              key={exchange.id}
              exchange={exchange}
              testId={`${rowId}-${exchange.id}`}
              time={dated ? dayAndTime(exchange.time) : timeOfDay(exchange.time)}
              open={exchange.id === open}
              onOpen={show}
            />
          ))}
        </tbody>
      </table>
      <Trail
        exchange={shown}
        onClose={() => {
          setOpen(undefined);
        }}
        onClosed={() => opener.current?.focus()}
      />
    </>
  );
}

/** The heads of the columns. `stays` keeps them in view, and fixes how wide each column is. */
export function ExchangeHead({ stays = false }: { stays?: boolean }) {
  const wide = (width: string) => (stays ? width : "");
  const look = stays
    ? "sticky top-0 z-10 bg-canvas *:*:shadow-[inset_0_-1px_var(--color-line)]"
    : "border-b border-line";
  return (
    <thead className={look}>
      <tr aria-rowindex={stays ? 1 : undefined} className="text-left text-small text-ink-3 *:h-7 *:pr-3 *:font-medium">
        <th scope="col" className={wide("w-32")}>
          {words.time}
        </th>
        <th scope="col" className={wide("w-24")}>
          {words.tool}
        </th>
        <th scope="col" className={`${wideOnly} ${wide("w-33")}`}>
          {words.format}
        </th>
        <th scope="col" className={`${wideOnly} ${wide("w-38")}`}>
          {words.asked}
        </th>
        <th scope="col">{words.route}</th>
        <th scope="col" className={`hidden text-right whitespace-nowrap min-[740px]:table-cell ${wide("w-23")}`}>
          {words.firstContent}
        </th>
        <th scope="col" className={`text-right ${wide("w-16")}`}>
          {words.total}
        </th>
        <th scope="col" className={`text-right ${wideOnly} ${wide("w-23")}`}>
          {words.tokens}
        </th>
        <th scope="col" className={`pr-0! text-right ${wideOnly} ${wide("w-15")}`}>
          {words.cost}
        </th>
      </tr>
    </thead>
  );
}

const figure = "text-right font-mono text-small whitespace-nowrap tabular-nums text-ink-2";

interface ExchangeProps {
  exchange: ExchangeRow;
  testId: string;
  /** When it came in, in words. */
  time: string;
  open: boolean;
  onOpen: (id: string, from: HTMLElement) => void;
  /** Its place among many of which few are drawn; the first is 0. */
  at?: number;
  /** The tab key comes to it. */
  reached?: boolean;
  ref?: Ref<HTMLTableRowElement>;
}

/** A row that opens the trail of its exchange. */
export const Exchange = memo(function Exchange(props: ExchangeProps) {
  const { exchange, testId, time, open, onOpen, at, reached = true, ref } = props;
  const opener = useRef<HTMLButtonElement>(null);
  return (
    // The button is what keyboards and screen readers use; a click anywhere in the row does the same. (A button laid over
    // the row would do too, but WebKitGTK does not hold it to a positioned row: it covers the whole place.)
    <tr
      ref={ref}
      data-index={at}
      aria-rowindex={at === undefined ? undefined : at + 2}
      onClick={() => {
        if (opener.current) onOpen(exchange.id, opener.current);
      }}
      data-testid={testId}
      data-ended={exchange.ended}
      className={`cursor-default border-b border-line *:py-1.5 *:pr-3 hover:bg-well ${open ? "bg-chosen" : ""}`}
    >
      <td className="font-mono text-small tabular-nums text-ink-2">
        <button
          ref={opener}
          type="button"
          tabIndex={reached ? undefined : -1}
          aria-label={words.open(time)}
          aria-haspopup="dialog"
          className="text-left whitespace-nowrap"
        >
          {time}
        </button>
      </td>
      <td>
        <div className="min-w-22 wrap-anywhere">
          {exchange.tool ?? <span className="text-ink-3">{words.unknownTool}</span>}
        </div>
      </td>
      <td className={wideOnly}>
        <span className="rounded-[4px] border border-line px-1.5 font-mono text-small whitespace-nowrap text-ink-3">
          {exchange.dialect}
        </span>
      </td>
      <td className={`font-mono text-small text-ink-2 ${wideOnly}`}>
        <div className="min-w-34 wrap-anywhere">{exchange.asked ?? words.unknown}</div>
      </td>
      <td>
        <Path exchange={exchange} />
      </td>
      <td className={`${figure} hidden min-[740px]:table-cell`}>
        {exchange.firstContentMs === null ? words.unknown : span(exchange.firstContentMs)}
      </td>
      <td className={figure}>{span(exchange.totalMs)}</td>
      <td className={`${figure} ${wideOnly}`}>
        {exchange.tokens === null ? words.unknown : tokenCount(exchange.tokens, exchange.tokensEstimated)}
      </td>
      <td className={`${figure} pr-0! ${wideOnly}`}>{costOf(exchange, words.unknown)}</td>
    </tr>
  );
});

/** Who was skipped, who failed, who served, in order. */
function Path({ exchange }: { exchange: ExchangeRow }) {
  const end = ending(exchange);
  return (
    <ol className="flex flex-wrap items-center gap-x-1.5">
      {exchange.steps.map((step, at) => (
        <li key={at} className="flex items-center gap-x-1.5 wrap-anywhere">
          {at > 0 && <Arrow />}
          <Hop step={step} />
        </li>
      ))}
      {end !== null && (
        <li className="flex items-center gap-x-1.5 text-bad">
          {exchange.steps.length > 0 && <Arrow />}
          {end}
        </li>
      )}
    </ol>
  );
}

function ending(exchange: ExchangeRow): string | null {
  switch (exchange.ended) {
    case "failed":
      return words.refused(String(exchange.status));
    case "truncated":
      return words.truncated;
    case "cancelled":
      return words.cancelled;
    default:
      return null;
  }
}

function Arrow() {
  return (
    <span aria-hidden="true" className="text-ink-3">
      →
    </span>
  );
}

function Hop({ step }: { step: RouteStep }) {
  switch (step.kind) {
    case "skipped":
      return <span className="text-ink-3">{words.skipped(step.member)}</span>;
    case "failed":
      return (
        <span className="text-cooling">
          <X className="mr-1 -mt-0.5 inline size-3.5" aria-hidden="true" />
          {words.failed(step.member, step.status === null ? step.outcome.replaceAll("-", " ") : String(step.status))}
        </span>
      );
    case "served":
      return (
        <span className="text-ok">
          <Check className="mr-1 -mt-0.5 inline size-3.5" aria-hidden="true" />
          {step.member}
        </span>
      );
  }
}
