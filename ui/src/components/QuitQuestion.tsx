import { Dialog } from "radix-ui";
import { useEffect, useState } from "react";
import { useHost } from "../host/host.ts";
import { strings } from "../strings.ts";
import { Button } from "./Button.tsx";

const words = strings.quit;

/** Quits with Ctrl or Cmd Q, and asks before that where tools were seen in the last day. */
export function QuitQuestion() {
  const { shell } = useHost();
  const [tools, setTools] = useState<readonly string[]>();
  useEffect(() => {
    void shell?.listen((event) => {
      setTools(event.tools);
    });
  }, [shell]);
  useEffect(() => {
    if (!shell) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "q" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey)
        return;
      event.preventDefault();
      void shell.quit("ask");
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
    };
  }, [shell]);
  const stay = () => {
    setTools(undefined);
    void shell?.quit("stay");
  };
  return (
    <Dialog.Root
      open={tools !== undefined}
      onOpenChange={(open) => {
        if (!open) stay();
      }}
    >
      <Dialog.Portal>
        {/* Not Dialog.Overlay: that locks the page by an inline style sheet, which the window's policy forbids. */}
        <div className="fixed inset-0 z-40 bg-canvas/70" aria-hidden="true" />
        <Dialog.Content
          data-testid="quit-question"
          className="fixed top-1/2 left-1/2 z-40 w-110 max-w-[calc(100vw-40px)] -translate-x-1/2 -translate-y-1/2 rounded-panel border border-edge bg-raise p-5 shadow-float outline-none"
        >
          <Dialog.Title className="text-strong font-semibold tracking-tight">{words.title}</Dialog.Title>
          <Dialog.Description className="mt-1 text-ink-2">{words.why}</Dialog.Description>
          <ul className="mt-3 flex flex-col gap-1 font-mono text-small">
            {tools?.map((tool) => (
              <li key={tool}>{tool}</li>
            ))}
          </ul>
          <div className="mt-5 flex flex-wrap justify-end gap-2">
            <Button
              look="danger"
              data-testid="quit-now"
              onClick={() => {
                void shell?.quit("now");
              }}
            >
              {words.now}
            </Button>
            <Button look="main" data-testid="quit-stay" onClick={stay}>
              {words.stay}
            </Button>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
