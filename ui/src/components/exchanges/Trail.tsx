import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import { useState, type ReactNode } from "react";
import { useDo } from "../../ask.ts";
import { Button } from "../Button.tsx";
import { costOf, dayAndTime, span, tokenCount } from "../../figures.ts";
import type { ExchangeRow, RouteStep } from "../../host/generated.ts";
import { strings } from "../../strings.ts";

const words = strings.trail;

interface TrailProps {
  /** The exchange to explain; none closes the sheet. */
  exchange: ExchangeRow | undefined;
  onClose: () => void;
  /** It is gone: the focus goes back to what opened it. */
  onClosed: () => void;
}

/** Everything about one exchange, in a sheet at the right: who was asked when, what became of it, what was changed. */
export function Trail({ exchange, onClose, onClosed }: TrailProps) {
  return (
    <Dialog.Root
      open={exchange !== undefined}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Dialog.Portal>
        {/* Not Dialog.Overlay: that locks the page by an inline style sheet, which the window's policy forbids. */}
        <div className="fixed inset-0 z-30 bg-canvas/70" aria-hidden="true" />
        <Dialog.Content
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            onClosed();
          }}
          data-testid="trail"
          className="fixed inset-y-0 right-0 z-30 flex w-130 max-w-full flex-col overflow-y-auto border-l border-line bg-panel px-6 pt-5 pb-6 shadow-float data-[state=open]:animate-arrive"
        >
          <div className="flex items-start gap-4">
            <Dialog.Title className="flex-1 text-strong font-semibold tracking-tight">{words.title}</Dialog.Title>
            <Dialog.Close aria-label={words.close} className="rounded-[4px] p-1 text-ink-3 hover:text-ink">
              <X className="size-4" aria-hidden="true" />
            </Dialog.Close>
          </div>
          {exchange && <Told exchange={exchange} />}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Told({ exchange }: { exchange: ExchangeRow }) {
  const act = useDo();
  const [copied, setCopied] = useState<string>();
  const copyId = () =>
    act(async (host) => {
      await host.copyText(exchange.id);
      setCopied(exchange.id);
    });
  const tool = exchange.tool ?? strings.feed.unknownTool;
  return (
    <>
      <dl className="mt-4 grid grid-cols-[104px_minmax(0,1fr)] gap-x-4 gap-y-1.5">
        <Term name={strings.feed.time}>
          <Mono>{dayAndTime(exchange.time)}</Mono>
        </Term>
        <Term name={strings.feed.tool}>{tool}</Term>
        <Term name={strings.feed.format}>
          <Mono>{exchange.dialect}</Mono>{" "}
          <span className="text-ink-3">{exchange.stream ? words.stream : words.whole}</span>
        </Term>
        <Term name={words.to}>{exchange.route ?? strings.feed.unknown}</Term>
        <Term name={words.asked}>
          <Mono>{exchange.asked ?? strings.feed.unknown}</Mono>
        </Term>
        <Term name={words.answered}>
          {exchange.servedBy ?? strings.feed.unknown} {exchange.answered !== null && <Mono>{exchange.answered}</Mono>}
        </Term>
        <Term name={words.ended}>{words.withStatus(ended(exchange), String(exchange.status))}</Term>
        {exchange.error !== null && (
          <Term name={words.error}>
            <Mono>{exchange.error}</Mono>
          </Term>
        )}
        <Term name={strings.feed.firstContent}>
          <Mono>{exchange.firstContentMs === null ? strings.feed.unknown : span(exchange.firstContentMs)}</Mono>
        </Term>
        <Term name={words.total}>
          <Mono>{span(exchange.totalMs)}</Mono>
        </Term>
        <Term name={strings.feed.tokens}>
          <Mono>
            {exchange.tokens === null
              ? strings.live.notReported
              : tokenCount(exchange.tokens, exchange.tokensEstimated)}
          </Mono>
        </Term>
        <Term name={strings.feed.cost}>
          <Mono>{costOf(exchange, strings.live.notReported)}</Mono>
        </Term>
      </dl>

      <h3 className="mt-6 text-small font-semibold text-ink-2">{words.steps}</h3>
      {exchange.steps.length === 0 ? (
        <p className="mt-1 text-ink-3">{words.noSteps}</p>
      ) : (
        <ol className="mt-1">
          {exchange.steps.map((step, at) => (
            <Step key={at} step={step} total={Math.max(1, exchange.totalMs)} />
          ))}
        </ol>
      )}

      {exchange.notes.length > 0 && (
        <>
          <h3 className="mt-6 text-small font-semibold text-ink-2">{words.notes}</h3>
          <ul className="mt-1 list-disc pl-4 text-ink-2 marker:text-ink-3">
            {exchange.notes.map((note) => (
              <li key={note} className="wrap-anywhere">
                {note}
              </li>
            ))}
          </ul>
        </>
      )}

      <h3 className="mt-6 text-small font-semibold text-ink-2">{words.id}</h3>
      <p className="flex items-center gap-2">
        <span className="min-w-0 font-mono text-small break-all text-ink-2 select-all">{exchange.id}</span>
        <Button look="quiet" className="text-small" onClick={() => void copyId()}>
          {copied === exchange.id ? words.idCopied : words.copyId}
        </Button>
      </p>
    </>
  );
}

function ended(exchange: ExchangeRow): string {
  const { endings } = words;
  return exchange.ended in endings ? endings[exchange.ended as keyof typeof endings] : exchange.ended;
}

function Term({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 wrap-anywhere">{children}</dd>
    </>
  );
}

function Mono({ children }: { children: ReactNode }) {
  return <span className="font-mono text-small tabular-nums text-ink-2">{children}</span>;
}

const looks = {
  skipped: { ink: "text-ink-3", bar: "bg-edge" },
  failed: { ink: "text-cooling", bar: "bg-cooling" },
  served: { ink: "text-ok", bar: "bg-ok" },
} as const;

/** One member's part, with its stretch of the whole time. */
function Step({ step, total }: { step: RouteStep; total: number }) {
  const { ink, bar } = looks[step.kind];
  const part = (ms: number) => `${String(Math.min(100, (100 * ms) / total))}%`;
  return (
    <li className="border-t border-line py-2.5 first:border-t-0">
      <p className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium wrap-anywhere">{step.member}</span>
        <span className={`text-small font-medium ${ink}`}>
          {words[step.kind]}
          {step.status !== null && ` ${String(step.status)}`}
        </span>
        {step.startedMs !== null && step.tookMs !== null && (
          <span className="ml-auto font-mono text-small tabular-nums text-ink-3">
            {words.took(span(step.startedMs), span(step.tookMs))}
          </span>
        )}
      </p>
      {step.startedMs !== null && step.tookMs !== null && (
        <div className="my-1.5 h-1.5 rounded-full bg-well" aria-hidden="true">
          <div
            className={`h-full min-w-1 rounded-full ${bar}`}
            style={{ marginLeft: part(step.startedMs), width: part(Math.min(step.tookMs, total - step.startedMs)) }}
          />
        </div>
      )}
      {step.detail !== "" && step.kind !== "served" && (
        <p className="text-small wrap-anywhere text-ink-2">{step.detail}</p>
      )}
      {step.again !== null && <p className="text-small wrap-anywhere text-ink-2">{words.again(step.again)}</p>}
    </li>
  );
}
