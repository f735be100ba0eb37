import { Check, Circle, CircleDashed } from "lucide-react";
import { useState } from "react";
import { useDo } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { useToast } from "../../components/Toasts.tsx";
import { useLive } from "../../feed.tsx";
import { dayAndTime } from "../../figures.ts";
import type { ExchangeRow } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import type { Go } from "../go.ts";
import { tools, type Tool, type Way } from "./tools.ts";

const words = strings.connect;

/** How each tool is pointed at the gateway, and whether its first request has come. */
export function Connect({ go }: { go: Go }) {
  const { exchanges } = useLive();
  const [chosen, setChosen] = useState("claude");
  return (
    <div className="mx-auto max-w-230">
      <h1 className="text-title font-semibold tracking-tight">{strings.frame.connect}</h1>
      <p className="mt-0.5 mb-4 text-ink-2">{words.lead}</p>
      <div className="grid grid-cols-[190px_minmax(0,1fr)] items-start gap-5 max-[1100px]:grid-cols-1">
        <ul aria-label={words.tools} className="flex flex-col gap-0.5 max-[1100px]:flex-row max-[1100px]:flex-wrap">
          {tools.map((each) => {
            const seen = lastOf(each, exchanges) !== undefined;
            const Shape = seen ? Check : Circle;
            return (
              <li key={each.id}>
                <button
                  type="button"
                  data-testid={`tool-${each.id}`}
                  aria-pressed={each.id === chosen}
                  onClick={() => {
                    setChosen(each.id);
                  }}
                  className="flex w-full items-center gap-2.5 rounded-control px-2.5 py-1.5 text-left text-ink-2 hover:text-ink aria-pressed:bg-chosen aria-pressed:font-medium aria-pressed:text-ink"
                >
                  <Shape className={`size-3.5 shrink-0 ${seen ? "text-ok" : "text-ink-3"}`} aria-hidden="true" />
                  {each.title}
                </button>
              </li>
            );
          })}
        </ul>
        <ToolCard key={chosen} id={chosen} go={go} />
      </div>
    </div>
  );
}

/** The last request by a tool. */
const lastOf = (tool: Tool, exchanges: readonly ExchangeRow[]) =>
  exchanges.find((exchange) => exchange.tool !== null && exchange.tool !== "Mainstay" && tool.sent(exchange.tool));

/** How one tool is pointed at the gateway, and whether its first request has come. */
export function ToolCard({ id, go }: { id: string; go: Go }) {
  const { state, exchanges } = useLive();
  const tool = tools.find((each) => each.id === id);
  return tool && state ? (
    <Card tool={tool} address={state.address} last={lastOf(tool, exchanges)} go={go} />
  ) : (
    <p className="text-ink-3">{words.noEngine}</p>
  );
}

interface CardProps {
  tool: Tool;
  address: string;
  last: ExchangeRow | undefined;
  go: Go;
}

function Card({ tool, address, last, go }: CardProps) {
  const act = useDo();
  const toast = useToast();
  const { command } = tool;
  return (
    <section
      aria-label={tool.title}
      data-testid={`connect-${tool.id}`}
      className="min-w-0 rounded-panel border border-line bg-panel p-5 shadow-panel"
    >
      <h2 className="text-strong font-semibold tracking-tight">{tool.title}</h2>
      {command !== undefined && (
        <>
          <h3 className="mt-3 font-medium">{words.quick}</h3>
          <p className="text-ink-2">{words.quickWhy}</p>
          <div className="mt-2 flex items-center gap-3 rounded-control bg-well px-3 py-2">
            <code className="min-w-0 flex-1 font-mono wrap-anywhere select-all">{command}</code>
            <Button
              data-testid="copy-command"
              aria-label={words.copyCommand(tool.title)}
              onClick={() =>
                void act(async (host) => {
                  await host.copyText(command);
                  toast({ text: words.commandCopied });
                })
              }
            >
              {words.copy}
            </Button>
          </div>
        </>
      )}
      {tool.ways.map((way, at) => (
        // Ways never change their order.
        <WayOf key={at} way={way} address={address} titled={at === 0 || way.what !== tool.ways[at - 1]?.what} />
      ))}
      {tool.restart && <p className="mt-3 text-ink-2">{words.restart(tool.title)}</p>}
      <div className="mt-4 flex flex-wrap items-center gap-2.5 border-t border-line pt-3" role="status">
        {last ? (
          <>
            <Check className="size-4 shrink-0 text-ok" aria-hidden="true" />
            <span data-testid="first-request">
              {last.servedBy === null
                ? words.seenUnserved(dayAndTime(last.time))
                : words.seen(dayAndTime(last.time), last.servedBy)}
            </span>
            <Button
              look="quiet"
              onClick={() => {
                go({ place: "requests" });
              }}
            >
              {words.trail}
            </Button>
          </>
        ) : (
          <>
            <CircleDashed className="size-4 shrink-0 text-waiting" aria-hidden="true" />
            <span data-testid="first-request">{words.waiting}</span>
          </>
        )}
      </div>
    </section>
  );
}

function WayOf({ way, address, titled }: { way: Way; address: string; titled: boolean }) {
  const act = useDo();
  const toast = useToast();
  const lines = way.lines(address);
  const why =
    way.what === "file" || way.what === "ownLogin" ? words.why[way.what](way.file ?? "") : words.why[way.what];
  return (
    <div className="mt-4">
      {titled && (
        <>
          <h3 className="font-medium">{words.ways[way.what]}</h3>
          <p className="text-ink-2">
            {why.split("`").map((part, index) =>
              index % 2 === 0 ? (
                part
              ) : (
                <code key={index} className="font-mono text-small">
                  {part}
                </code>
              ),
            )}
          </p>
        </>
      )}
      <div className="mt-2 rounded-control bg-well px-3 py-2">
        <pre className="overflow-x-auto font-mono text-small leading-5 whitespace-pre-wrap wrap-anywhere">
          {lines.split("{token}").map((part, at) => (
            // Parts never change their order.
            <span key={at}>
              {at > 0 && (
                <span className="rounded-[4px] bg-raise px-1 text-ink-3" data-testid="token-place">
                  {words.token}
                </span>
              )}
              {part}
            </span>
          ))}
        </pre>
        <div className="mt-2 flex justify-end">
          <Button
            data-testid="copy-lines"
            onClick={() =>
              void act(async (host) => {
                await host.copyToken(lines);
                toast({ text: words.linesCopied });
              })
            }
          >
            {words.copyLines}
          </Button>
        </div>
      </div>
    </div>
  );
}
