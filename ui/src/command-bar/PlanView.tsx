import { useEffect, useId, useRef, useState, type SubmitEvent } from "react";
import { useReadAgain } from "../ask.ts";
import { Button, focused } from "../components/Button.tsx";
import { ErrorNote } from "../components/ErrorNote.tsx";
import { TextField } from "../components/Field.tsx";
import type { Change, ConsoleOutput } from "../host/generated.ts";
import { HostError, useHost } from "../host/host.ts";
import { strings } from "../strings.ts";
import type { Block } from "./block.ts";
import { Failure, Why } from "./Outcome.tsx";
import { rowsOf } from "./plan.ts";
import { PlanRow } from "./PlanRow.tsx";

const words = strings.commandBar.block;

interface PlanViewProps {
  /** What was pasted. */
  block: Block;
  /** A line was corrected. */
  onCorrect: (block: Block) => void;
  /** The block ran. */
  onRan: (output: ConsoleOutput) => void;
  onBack: () => void;
}

/** What the block was looked at to change, and all that was known of it before. */
interface Looked {
  output: ConsoleOutput;
  /** The changes of lines, as they were looked at last. */
  known: ReadonlyMap<number, Change>;
  /** What a line saves when it has no other name. */
  names: ReadonlyMap<number, string>;
}

/** A pasted block as a list of changes, before any of it runs. */
export function PlanView({ block, onCorrect, onRan, onBack }: PlanViewProps) {
  const host = useHost();
  const readAgain = useReadAgain();
  const linesId = useId();
  const [skip, setSkip] = useState<ReadonlySet<number>>(new Set());
  const [rename, setRename] = useState<Readonly<Record<number, string>>>({});
  const [looked, setLooked] = useState<Looked>();
  const [error, setError] = useState<HostError>();
  const [busy, setBusy] = useState(false);
  const [showsBlock, setShowsBlock] = useState(false);
  // Keys stay in their fields until the block runs: they are nobody's state.
  const fields = useRef(new Map<number, HTMLInputElement>());
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    let current = true;
    const look = host.perform("console", { text: block.text(), dryRun: true, keys: {}, skip: [...skip], rename });
    look.then(
      (output) => {
        if (!current) return;
        setError(undefined);
        setLooked((before) => {
          const known = new Map(before?.known);
          const names = new Map(before?.names);
          for (const change of output.changes) {
            known.set(change.line, change);
            if (!(change.line in rename)) names.set(change.line, change.name);
          }
          return { output, known, names };
        });
      },
      (cause: unknown) => {
        if (current && cause instanceof HostError) setError(cause);
      },
    );
    return () => {
      current = false;
    };
  }, [host, block, skip, rename]);

  const isThere = looked !== undefined;
  useEffect(() => {
    if (isThere) heading.current?.focus();
  }, [isThere]);

  const run = async (lines?: number) => {
    setBusy(true);
    setError(undefined);
    const given = [...fields.current].map(([line, field]) => [line, field.value.trim()] as const);
    const keys = Object.fromEntries(given.filter(([, key]) => key !== ""));
    try {
      const input = { text: block.text(lines), dryRun: false, keys, skip: [...skip], rename };
      const output = await host.perform("console", input);
      block.forget();
      await readAgain();
      onRan(output);
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
      setBusy(false);
    }
  };

  const set = (line: number, isSkipped: boolean) => {
    const next = new Set(skip);
    if (isSkipped) next.add(line);
    else next.delete(line);
    setSkip(next);
  };

  const output = looked?.output;
  const rows = looked ? rowsOf(looked.output, looked.known, skip) : [];
  const makes = rows.filter(({ change, state }) => change && state === "planned").length;
  const problem = output?.problem;
  const failed = output?.failed_line ?? null;
  const title = !output ? words.looking : makes === 0 ? words.nothing : words.title(makes);

  return (
    <section aria-label={title} className="flex min-h-0 flex-auto flex-col">
      <div className="flex items-center gap-3 border-b border-line px-4 py-2.5">
        <h2
          ref={heading}
          tabIndex={-1}
          aria-live="polite"
          data-testid="plan-title"
          className="min-w-0 flex-1 text-strong font-semibold outline-none"
        >
          {title}
        </h2>
        <Button
          look="quiet"
          aria-expanded={showsBlock}
          aria-controls={linesId}
          onClick={() => {
            setShowsBlock(!showsBlock);
          }}
        >
          {showsBlock ? words.hide : words.show}
        </Button>
      </div>
      <div className="min-h-0 flex-auto overflow-y-auto px-4 py-3">
        <ol
          id={linesId}
          hidden={!showsBlock}
          aria-label={words.lines(block.shown.length)}
          className="mb-3 rounded-control bg-well px-3 py-2 font-mono text-small"
        >
          {block.shown.map((line, at) => (
            <li
              // Lines never change their order.
              key={`${String(at)} ${line}`}
              className={`flex gap-3 ${at + 1 === failed ? "text-bad" : ""}`}
            >
              <span aria-hidden="true" className="w-5 shrink-0 text-right text-ink-3">
                {at + 1}
              </span>
              <span className="min-h-4.5 min-w-0 wrap-anywhere">{line}</span>
            </li>
          ))}
        </ol>
        <ul aria-label={words.changes} className="flex flex-col">
          {rows.map((row) => (
            <PlanRow
              key={row.line}
              row={row}
              text={block.shown[row.line - 1] ?? ""}
              name={looked?.names.get(row.line)}
              busy={busy}
              keyField={(line, field) => {
                if (field) fields.current.set(line, field);
                else fields.current.delete(line);
              }}
              onSkip={(isSkipped) => {
                set(row.line, isSkipped);
              }}
              onRename={(name) => {
                const others = Object.fromEntries(Object.entries(rename).filter(([line]) => Number(line) !== row.line));
                const same = name === "" || name === looked?.names.get(row.line);
                setRename(same ? others : { ...others, [row.line]: name });
              }}
            />
          ))}
        </ul>
        {problem && failed !== null && (
          <Failure>
            <p className="font-medium">{words.stops(String(failed))}</p>
            <p className="my-1 font-mono text-small wrap-anywhere">{block.shown[failed - 1]}</p>
            <Why problem={problem} />
            {block.isOpen(failed) && (
              <Correction
                key={`${String(failed)} ${block.shown[failed - 1] ?? ""}`}
                line={failed}
                text={block.shown[failed - 1] ?? ""}
                onCorrect={(text) => {
                  onCorrect(block.corrected(failed, text));
                }}
              />
            )}
          </Failure>
        )}
        {error && <ErrorNote error={error} />}
      </div>
      <div className="flex flex-wrap items-center gap-2 border-t border-line px-4 py-2.5">
        <Button look="quiet" onClick={onBack} disabled={busy}>
          {words.back}
        </Button>
        <span className="flex-1" />
        {problem && failed !== null && failed > 1 && makes > 0 && (
          <Button data-testid="run-before" disabled={busy} onClick={() => void run(failed - 1)}>
            {words.runBefore}
          </Button>
        )}
        <Button
          look="main"
          data-testid="run-block"
          disabled={busy || !output || Boolean(problem)}
          onClick={() => void run()}
          className="min-w-20"
        >
          {busy ? words.running : words.run}
        </Button>
      </div>
    </section>
  );
}

/** The line that can't run, to be put right in its place. */
function Correction({ line, text, onCorrect }: { line: number; text: string; onCorrect: (text: string) => void }) {
  const [opened, setOpened] = useState(false);
  const [typed, setTyped] = useState(text);
  if (!opened) {
    return (
      <Button
        className="mt-2"
        data-testid="correct-line"
        onClick={() => {
          setOpened(true);
        }}
      >
        {words.correct}
      </Button>
    );
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onCorrect(typed);
  };
  return (
    <form noValidate onSubmit={submit} className="mt-2 flex flex-wrap items-end gap-x-2">
      <TextField
        mono
        ref={focused}
        label={words.correctLine(String(line))}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
        }}
        fieldClassName="min-w-0 flex-1 basis-60"
      />
      <Button type="submit" className="mb-1">
        {words.correctNow}
      </Button>
    </form>
  );
}
