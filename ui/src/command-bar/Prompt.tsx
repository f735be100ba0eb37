import { ChevronRight, LoaderCircle } from "lucide-react";
import { useEffect, useId, useMemo, useRef, useState, type ClipboardEvent, type KeyboardEvent } from "react";
import { useAppearance } from "../appearance.ts";
import { useAsked, useLastChange, useReadAgain, useTakeBack, useUndoable } from "../ask.ts";
import { ErrorNote } from "../components/ErrorNote.tsx";
import { useToast } from "../components/Toasts.tsx";
import { useLive } from "../feed.tsx";
import type { Completion, ConsoleOutput } from "../host/generated.ts";
import { HostError, useHost } from "../host/host.ts";
import type { Go } from "../places/go.ts";
import { strings } from "../strings.ts";
import { actionsFor, type Action, type Answer, type Means } from "./actions.ts";
import { Block, isBlock } from "./block.ts";
import { Choices, choiceId, type Choice } from "./Choices.tsx";
import { matching } from "./match.ts";
import { CommandOutcome, Told } from "./Outcome.tsx";
import type { Past } from "./past.ts";
import { secretAt } from "./secret.ts";

const words = strings.commandBar;

/** How many choices are drawn at most. */
const MOST = 60;

/** What was run while the bar is open, newest first. */
interface Entry {
  id: number;
  /** The command without its secret, or the action's words. */
  asked: string;
  isCommand: boolean;
  output?: ConsoleOutput;
  answer?: Answer;
  error?: HostError;
}

interface PromptProps {
  past: Past;
  go: Go;
  onClose: () => void;
  onBlock: (block: Block) => void;
}

/** The field of the command bar with what fits below it: things to do for plain words, commands after a slash. */
export function Prompt({ past, go, onClose, onBlock }: PromptProps) {
  const host = useHost();
  const list = useId();
  const hint = useId();
  const [text, setText] = useState("");
  /** What stands before a key that is typed masked; undefined while none is. The key itself is in its field only. */
  const [secretOf, setSecretOf] = useState<{ head: string; isLone: boolean }>();
  const [at, setAt] = useState(-1);
  /** How many commands back the field has gone. */
  const [ago, setAgo] = useState(0);
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const secretField = useRef<HTMLInputElement>(null);
  const pending = useRef("");

  const actions = useActions();
  const means = useMeans(go);
  const isCommand = text.startsWith("/");
  const completions = useCompletions(isCommand ? text : undefined);
  const offered = completions.filter(({ word }) => word !== "").slice(0, MOST);
  const found = useMemo(() => {
    if (isCommand) return [];
    if (text.trim() === "") return actions.filter(({ first }) => first);
    return matching(actions, text).slice(0, MOST);
  }, [actions, text, isCommand]);
  const groups = isCommand
    ? [{ choices: offered.map(choiceOfCompletion) }]
    : (["go", "do"] as const).map((group) => ({
        title: words.groups[group],
        choices: found.filter((action) => action.group === group).map(choiceOfAction),
      }));
  const ordered = isCommand ? [] : (["go", "do"] as const).flatMap((group) => found.filter((a) => a.group === group));
  const total = isCommand ? offered.length : ordered.length;
  // Of plain words the first that fits is meant; a command is meant as it is typed until one is pointed at.
  const present = secretOf !== undefined ? -1 : at < total ? (at === -1 && !isCommand && text.trim() ? 0 : at) : -1;
  const help = completions[present] && isCommand ? offered[present] : completions[0];

  useEffect(() => {
    (secretOf === undefined ? field : secretField).current?.focus();
  }, [secretOf, entries]);

  const add = (entry: Omit<Entry, "id">) => {
    setEntries((before) => [{ id: (before[0]?.id ?? 0) + 1, ...entry }, ...before.slice(0, 19)]);
  };

  const type = (typed: string) => {
    setAt(-1);
    setAgo(0);
    const begins = secretAt(typed, true);
    if (begins === undefined) {
      setText(typed);
      return;
    }
    pending.current = typed.slice(begins);
    const head = typed.slice(0, begins);
    setText("");
    // A key that was pasted alone can only be meant for the draft.
    const isLone = !head.startsWith("/");
    setSecretOf({ head: isLone ? "/key" : head.trim(), isLone });
  };

  const attempt = async (
    asked: string,
    isCommandLine: boolean,
    act: () => Promise<Omit<Entry, "id" | "asked" | "isCommand">>,
  ) => {
    setBusy(true);
    try {
      add({ asked, isCommand: isCommandLine, ...(await act()) });
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      add({ asked, isCommand: isCommandLine, error });
    } finally {
      setBusy(false);
    }
  };

  const runCommand = (line: string, shown: string) =>
    attempt(shown, true, async () => {
      const input = { text: line, dryRun: false, keys: {}, skip: [], rename: {} };
      const output = await host.perform("console", input);
      await means.readAgain();
      return { output };
    });

  const submitCommand = () => {
    const line = text.trim();
    past.add(line);
    setText("");
    setAt(-1);
    setAgo(0);
    void runCommand(line, line);
  };

  const submitSecret = () => {
    const key = secretField.current?.value.trim() ?? "";
    if (secretOf === undefined || key === "") return;
    const { head } = secretOf;
    past.add(`${head} `);
    setSecretOf(undefined);
    void runCommand(`${head} ${key}`, `${head} …`);
  };

  const perform = (action: Action) => {
    const { answers, run } = action;
    if (answers) {
      setText("");
      setAt(-1);
      void attempt(action.label, false, async () => ({ answer: await answers(means) }));
      return;
    }
    onClose();
    const done = run?.(means);
    done?.catch((error: unknown) => {
      if (!(error instanceof HostError)) throw error;
      means.fail(error);
    });
  };

  const complete = (word: string) => {
    setText(`${text.slice(0, wordAt(text))}${word} `);
    setAt(-1);
  };

  const choose = (chosen: number) => {
    if (isCommand) complete(offered[chosen]?.word ?? "");
    else if (ordered[chosen]) perform(ordered[chosen]);
  };

  const recall = (steps: number) => {
    const line = steps === 0 ? "" : past.ago(steps);
    if (line === undefined) return;
    setAgo(steps);
    setAt(-1);
    setText(line);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const recalling = ago > 0 || text === "";
    const handled = (() => {
      switch (event.key) {
        case "ArrowDown":
          if (ago > 0 && at === -1) recall(ago - 1);
          else if (total > 0) setAt((present + 1) % total);
          return true;
        case "ArrowUp":
          // Above the first choice, and in an empty field, is what was run before.
          if (present <= 0 && (isCommand || recalling) && past.length > ago) recall(ago + 1);
          else if (total > 0) setAt(present <= 0 ? total - 1 : present - 1);
          return true;
        case "Tab": {
          const word = isCommand && !event.shiftKey ? offered[Math.max(present, 0)]?.word : undefined;
          if (word === undefined || text.slice(wordAt(text)) === word) return false;
          complete(word);
          return true;
        }
        case "Enter":
          if (busy) return true;
          if (present >= 0) choose(present);
          else if (isCommand && text.trim() !== "/") submitCommand();
          return true;
        default:
          return false;
      }
    })();
    if (handled) event.preventDefault();
  };

  const onSecretKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter") {
      event.preventDefault();
      if (!busy) submitSecret();
    }
    if (event.key === "Backspace" && event.currentTarget.value === "") {
      event.preventDefault();
      setText(secretOf ? `${secretOf.head} ` : "");
      setSecretOf(undefined);
    }
  };

  const onPaste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData("text/plain");
    if (!isBlock(pasted)) return;
    event.preventDefault();
    onBlock(new Block(pasted));
  };

  const showsChoices = secretOf === undefined && total > 0;
  const isEmpty = secretOf === undefined && !isCommand && text.trim() !== "" && total === 0;
  return (
    <>
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        {busy ? (
          <LoaderCircle className="size-4 shrink-0 animate-spin text-ink-3" aria-hidden="true" />
        ) : (
          <ChevronRight className="size-4 shrink-0 text-ink-3" aria-hidden="true" />
        )}
        {secretOf === undefined ? (
          <input
            ref={field}
            type="text"
            role="combobox"
            aria-label={words.field}
            aria-expanded={showsChoices}
            aria-controls={list}
            aria-autocomplete="list"
            aria-activedescendant={present >= 0 ? choiceId(list, present) : undefined}
            aria-describedby={hint}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            data-testid="command-field"
            placeholder={words.placeholder}
            value={text}
            onChange={(event) => {
              type(event.target.value);
            }}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
            className={`min-w-0 flex-1 bg-transparent py-3 outline-none placeholder:text-ink-3 ${isCommand ? "font-mono text-body leading-5.5" : "text-strong"}`}
          />
        ) : (
          <>
            <span aria-hidden="true" className="font-mono whitespace-pre">
              {secretOf.head}
            </span>
            <input
              ref={(element) => {
                secretField.current = element;
                if (element && pending.current !== "") {
                  element.value = pending.current;
                  pending.current = "";
                }
              }}
              type="password"
              aria-label={words.command.keyField(secretOf.head)}
              aria-describedby={hint}
              autoComplete="off"
              data-testid="command-secret"
              onKeyDown={onSecretKeyDown}
              onPaste={onPaste}
              className="min-w-0 flex-1 bg-transparent py-3 font-mono leading-5.5 outline-none"
            />
          </>
        )}
      </div>
      <div id={hint} className="border-b border-line px-4 py-1.5 text-small text-ink-2" data-testid="command-help">
        {secretOf !== undefined ? (
          secretOf.isLone ? (
            words.command.loneKey
          ) : (
            words.command.keyMasked
          )
        ) : isCommand && help ? (
          <>
            <code className="mr-2 font-mono text-ink">{help.usage}</code>
            {help.help}
          </>
        ) : (
          words.hint
        )}
      </div>
      <div className="flex min-h-0 flex-auto flex-col">
        <p role="status" className="sr-only">
          {busy ? words.command.busy : text === "" ? "" : words.matches(total)}
        </p>
        {entries.length > 0 && (text === "" || secretOf !== undefined) && (
          <ol
            data-testid="command-entries"
            // Whoever has no wheel scrolls it by the arrow keys.
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            tabIndex={0}
            aria-label={words.past}
            className="flex min-h-0 flex-col overflow-y-auto"
          >
            {entries.map((entry) => (
              <li key={entry.id} className="border-b border-line px-4 py-3">
                <p
                  className={`mb-1 text-ink-3 wrap-anywhere ${entry.isCommand ? "font-mono text-small" : "text-small"}`}
                >
                  {entry.asked}
                </p>
                {entry.output && <CommandOutcome command={entry.asked} output={entry.output} />}
                {entry.answer && <Told ok={entry.answer.ok} lines={entry.answer.lines} />}
                {entry.error && <ErrorNote error={entry.error} />}
              </li>
            ))}
          </ol>
        )}
        {secretOf === undefined && !(text === "" && entries.length > 0) && (
          <Choices id={list} label={words.results} groups={groups} at={present} onPoint={setAt} onChoose={choose} />
        )}
        {isEmpty && <p className="px-4 pb-4 text-ink-3">{words.nothing}</p>}
      </div>
      <p aria-hidden="true" className="flex flex-wrap gap-x-4 border-t border-line px-4 py-1.5 text-small text-ink-3">
        <Key name="↑ ↓" what={words.keys.choose} />
        {isCommand && <Key name="Tab" what={words.keys.complete} />}
        <Key name="Enter" what={words.keys.run} />
        <Key name="Esc" what={words.keys.leave} />
      </p>
    </>
  );
}

function Key({ name, what }: { name: string; what: string }) {
  return (
    <span>
      <kbd className="mr-1 font-sans text-ink-2">{name}</kbd>
      {what}
    </span>
  );
}

const choiceOfAction = ({ id, label, about, icon }: Action): Choice => ({ id, label, about, icon });
const choiceOfCompletion = ({ word, help }: Completion): Choice => ({ id: word, label: word, about: help, mono: true });

/** Where the word begins that is being typed. */
function wordAt(line: string): number {
  const open = /\s(["'])(?:(?!\1).)*$/u.exec(line);
  return open ? open.index + 1 : line.search(/\S*$/u);
}

/** What can come next in a command, as the engine knows it. */
function useCompletions(line: string | undefined): readonly Completion[] {
  const host = useHost();
  const [known, setKnown] = useState<{ line: string; completions: readonly Completion[] }>();
  useEffect(() => {
    if (line === undefined) return;
    let current = true;
    host.perform("complete", { line }).then(
      (completions) => {
        if (current) setKnown({ line, completions });
      },
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [host, line]);
  if (line === undefined || known === undefined) return [];
  // What was offered for the letters before is shown until the answer for these is there.
  return known.line === line || line.startsWith(known.line.slice(0, wordAt(known.line))) ? known.completions : [];
}

function useActions(): Action[] {
  const { state: live } = useLive();
  const { data: files } = useAsked("profiles", {});
  const last = useLastChange()?.said;
  const quits = useHost().shell !== undefined;
  return useMemo(() => actionsFor({ live, files, last, quits }), [live, files, last, quits]);
}

function useMeans(go: Go): Means & { fail: (error: HostError) => void } {
  const host = useHost();
  const toast = useToast();
  const undoable = useUndoable();
  const readAgain = useReadAgain();
  const takeBack = useTakeBack();
  const last = useLastChange();
  const [, chooseAppearance] = useAppearance();
  return {
    host,
    go,
    say: (text) => {
      toast({ text });
    },
    fail: (error) => {
      toast({ error });
    },
    undoable,
    readAgain,
    chooseAppearance,
    undo: async () => {
      if (last) await takeBack(last.token);
    },
  };
}
