import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Bug, CircleAlert, Info, TriangleAlert, type LucideIcon } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useDo } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { SearchField } from "../../components/SearchField.tsx";
import { Select } from "../../components/Select.tsx";
import { useToast } from "../../components/Toasts.tsx";
import { dayAndTime, size } from "../../figures.ts";
import type { LogLine } from "../../host/generated.ts";
import { useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { Panel } from "./Panel.tsx";

const words = strings.settings.logs;

type Level = keyof typeof words.levels;

const levels: readonly Level[] = ["error", "warn", "info", "debug", "trace"];

/** How many lines are shown, and how often they are read while they are followed, in milliseconds. */
const MOST = 500;
const EVERY = 1000;

/** The end of the log, and the text of a report. */
export function LogsSettings({ shown }: { shown: boolean }) {
  return (
    <div className="flex flex-col gap-5">
      <Log shown={shown} />
      <Diagnostics />
    </div>
  );
}

function useCopy() {
  const act = useDo();
  const toast = useToast();
  return (text: string) =>
    act(async (host) => {
      await host.copyText(text);
      toast({ text: words.copied });
    });
}

function Log({ shown }: { shown: boolean }) {
  const host = useHost();
  const copy = useCopy();
  const [level, setLevel] = useState<Level>("info");
  const [text, setText] = useState("");
  const [follows, setFollows] = useState(true);
  const { data, error } = useQuery({
    queryKey: ["logs", level, text],
    queryFn: () => host.perform("logs", { level, limit: MOST, ...(text.trim() === "" ? {} : { text }) }),
    enabled: shown,
    staleTime: 0,
    refetchInterval: shown && follows ? EVERY : false,
    placeholderData: keepPreviousData,
  });
  const lines = data?.lines ?? [];
  const list = useRef<HTMLDivElement>(null);
  const last = lines.at(-1);
  useEffect(() => {
    if (follows && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [follows, last?.at, last?.text, lines.length]);
  return (
    <Panel title={words.title}>
      <div className="flex flex-wrap items-center gap-2">
        <Select
          label={words.level}
          value={level}
          choices={levels.map((value) => ({ value, text: words.levels[value] }))}
          onChoose={setLevel}
          className="w-48"
        />
        <SearchField
          label={words.search}
          placeholder={words.search}
          data-testid="log-search"
          value={text}
          onType={setText}
          className="flex-1 basis-48"
        />
        <label className="flex items-center gap-2 px-1">
          <input
            type="checkbox"
            className="accent-accent"
            checked={follows}
            onChange={({ target }) => {
              setFollows(target.checked);
            }}
          />
          {words.follow}
        </label>
        <Button disabled={lines.length === 0} onClick={() => void copy(lines.map(asText).join("\n"))}>
          {words.copy}
        </Button>
      </div>
      {error && <ErrorNote error={error} />}
      <div
        ref={list}
        // What scrolls must be reachable by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={words.lines}
        data-testid="log-lines"
        className="mt-3 h-96 overflow-y-auto rounded-control border border-line bg-well"
      >
        {data && lines.length === 0 && (
          <p className="p-3 text-ink-2">{data.bytes === 0 ? words.nothing : words.none}</p>
        )}
        <ol className="py-1.5 font-mono text-small">
          {lines.map((line, at) => (
            <Line key={`${String(line.at)}-${String(at)}`} line={line} />
          ))}
        </ol>
      </div>
      {data && (
        <p className="mt-2 flex flex-wrap items-center gap-x-2 text-small text-ink-3">
          <span className="min-w-0 wrap-anywhere">
            {words.folder} <span className="font-mono text-ink-2 select-all">{data.folder}</span>{" "}
            {words.takes(size(data.bytes))}
          </span>
          <Button look="quiet" className="text-small" onClick={() => void copy(data.folder)}>
            {words.copyFolder}
          </Button>
        </p>
      )}
    </Panel>
  );
}

const looks: Record<string, { Icon: LucideIcon; ink: string } | undefined> = {
  error: { Icon: CircleAlert, ink: "text-bad" },
  warn: { Icon: TriangleAlert, ink: "text-cooling" },
  info: { Icon: Info, ink: "text-ink-3" },
};
const quiet = { Icon: Bug, ink: "text-ink-3" };

const wordOf = (level: string) => (level in words.word ? words.word[level as Level] : level);

const asText = ({ at, level, text }: LogLine) => `${at === null ? "" : new Date(at).toISOString()} ${level} ${text}`;

function Line({ line: { at, level, text } }: { line: LogLine }) {
  const { Icon, ink } = looks[level] ?? quiet;
  return (
    <li className="flex flex-wrap items-start gap-x-3 px-3 py-0.5 hover:bg-raise">
      <span className="text-ink-3 tabular-nums">{at !== null && dayAndTime(at)}</span>
      <span className={`flex w-19 shrink-0 items-center gap-1.5 ${ink}`}>
        <Icon className="size-3.5" aria-hidden="true" />
        {wordOf(level)}
      </span>
      <span className="min-w-0 flex-1 basis-80 wrap-anywhere whitespace-pre-wrap">{text}</span>
    </li>
  );
}

function Diagnostics() {
  const host = useHost();
  const copy = useCopy();
  const act = useDo();
  const [text, setText] = useState<string>();
  const read = () => act(async () => (await host.perform("diagnostics", {})).text);
  return (
    <Panel title={words.diagnostics} why={words.diagnosticsWhy}>
      <div className="flex flex-wrap gap-2">
        <Button
          data-testid="copy-diagnostics"
          onClick={() =>
            void read().then(async (read) => {
              if (read === undefined) return;
              setText(read);
              await copy(read);
            })
          }
        >
          {words.copyDiagnostics}
        </Button>
        <Button
          look="quiet"
          data-testid="show-diagnostics"
          aria-expanded={text !== undefined}
          onClick={() => {
            if (text === undefined) void read().then(setText);
            else setText(undefined);
          }}
        >
          {text === undefined ? words.preview : words.hide}
        </Button>
      </div>
      {text !== undefined && (
        <pre
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
          tabIndex={0}
          aria-label={words.text}
          data-testid="diagnostics"
          className="mt-3 max-h-96 overflow-auto rounded-control bg-well p-3 font-mono text-small whitespace-pre-wrap"
        >
          {text}
        </pre>
      )}
    </Panel>
  );
}
