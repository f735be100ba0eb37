import { useCallback, useEffect, useRef, useState, type MouseEvent, type RefObject } from "react";
import { useReadAgain } from "../ask.ts";
import { Button } from "../components/Button.tsx";
import { ErrorNote } from "../components/ErrorNote.tsx";
import type { ConsoleOutput } from "../host/generated.ts";
import { HostError, useHost } from "../host/host.ts";
import type { Go } from "../places/go.ts";
import { strings } from "../strings.ts";
import type { Block } from "./block.ts";
import { BlockOutcome } from "./Outcome.tsx";
import { Past } from "./past.ts";
import { PlanView } from "./PlanView.tsx";
import { Prompt } from "./Prompt.tsx";

const words = strings.commandBar;

interface CommandBarProps {
  open: boolean;
  setOpen: (open: boolean) => void;
  go: Go;
}

/** The command bar: go anywhere, do anything, and the recipe's commands. */
export function CommandBar({ open, setOpen, go }: CommandBarProps) {
  const [past] = useState(() => new Past());
  const close = useCallback(() => {
    setOpen(false);
  }, [setOpen]);
  return open ? <Bar past={past} go={go} onClose={close} /> : null;
}

/** What the bar shows: the field, a pasted block before it runs, or what became of it. */
type View = { of: "prompt" } | { of: "plan"; block: Block } | { of: "outcome"; block: Block; output: ConsoleOutput };

function Bar({ past, go, onClose }: { past: Past; go: Go; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [view, setView] = useState<View>({ of: "prompt" });
  useFocusBack(dialog);
  const toPrompt = () => {
    setView({ of: "prompt" });
  };
  return (
    // A click beside it closes it, as Escape does.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <dialog
      ref={dialog}
      aria-label={words.title}
      data-testid="command-bar"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event: MouseEvent) => {
        if (event.target === dialog.current) onClose();
      }}
      className="fixed top-[9vh] m-0 mx-auto flex max-h-[80vh] w-170 max-w-[calc(100vw-32px)] flex-col overflow-hidden rounded-panel border border-edge bg-raise text-ink shadow-float outline-none backdrop:bg-canvas/70"
    >
      {view.of === "prompt" && (
        <Prompt
          past={past}
          go={go}
          onClose={onClose}
          onBlock={(block) => {
            setView({ of: "plan", block });
          }}
        />
      )}
      {view.of === "plan" && (
        <PlanView
          block={view.block}
          onCorrect={(block) => {
            setView({ of: "plan", block });
          }}
          onRan={(output) => {
            setView({ of: "outcome", block: view.block, output });
          }}
          onBack={() => {
            view.block.forget();
            toPrompt();
          }}
        />
      )}
      {view.of === "outcome" && <Ended block={view.block} output={view.output} onAgain={toPrompt} onClose={onClose} />}
    </dialog>
  );
}

interface EndedProps {
  block: Block;
  output: ConsoleOutput;
  onAgain: () => void;
  onClose: () => void;
}

/** What became of a block, with the way back. */
function Ended({ block, output, onAgain, onClose }: EndedProps) {
  const host = useHost();
  const readAgain = useReadAgain();
  const [undone, setUndone] = useState(false);
  const [error, setError] = useState<HostError>();
  const done = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    done.current?.focus();
  }, []);
  const { undo } = output;
  const takeBack = async (token: string) => {
    try {
      await host.perform("undo", { token });
      setUndone(true);
      setError(undefined);
      await readAgain();
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    }
  };
  return (
    <>
      <div className="min-h-0 flex-auto overflow-y-auto px-4 py-3" data-testid="block-outcome">
        <BlockOutcome shown={block.shown} output={output} />
        <p role="status" className="mt-1 text-ink-2">
          {undone && words.outcome.undone}
        </p>
        {error && <ErrorNote error={error} />}
      </div>
      <div className="flex flex-wrap items-center gap-2 border-t border-line px-4 py-2.5">
        {undo && !undone && (
          <Button look="quiet" data-testid="undo-block" onClick={() => void takeBack(undo.token)}>
            {words.outcome.undo}
          </Button>
        )}
        <span className="flex-1" />
        <Button onClick={onAgain}>{words.outcome.again}</Button>
        <Button ref={done} look="main" onClick={onClose}>
          {words.close}
        </Button>
      </div>
    </>
  );
}

/** Opens the dialog over all else, and gives the focus back when it is gone. */
function useFocusBack(dialog: RefObject<HTMLDialogElement | null>): void {
  // Before anything in the bar takes it.
  const [before] = useState(() => document.activeElement);
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => {
      element?.close();
      // Where an action has led to another place, that has the focus: what had it before is not to be seen any more.
      requestAnimationFrame(() => {
        if (document.activeElement !== null && document.activeElement !== document.body) return;
        if (before instanceof HTMLElement) before.focus();
        if (document.activeElement === document.body)
          document.querySelector<HTMLElement>("main:not([hidden])")?.focus();
      });
    };
  }, [dialog, before]);
}
