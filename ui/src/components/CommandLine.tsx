import { useEffect, useState } from "react";
import { HostError, useHost } from "../host/host.ts";
import { strings } from "../strings.ts";
import { ErrorNote } from "./ErrorNote.tsx";

/** How long "Copied" stays before the button offers to copy again, in milliseconds. */
const COPIED_FOR = 2000;

interface CommandLineProps {
  /** What a screen reader hears in place of the command: "Copy: <name>". */
  name: string;
  /** The text as it goes into a shell, on one line. */
  command: string;
}

/** One command to read and to copy. Long ones wrap; they are never cut. */
export function CommandLine({ name, command }: CommandLineProps) {
  const host = useHost();
  const [copied, setCopied] = useState(0);
  const [error, setError] = useState<HostError>();

  useEffect(() => {
    if (copied === 0) return;
    const timer = setTimeout(() => {
      setCopied(0);
    }, COPIED_FOR);
    return () => {
      clearTimeout(timer);
    };
  }, [copied]);

  const copy = async () => {
    try {
      await host.copyText(command);
      setError(undefined);
      setCopied((times) => times + 1);
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    }
  };

  return (
    <div>
      <div className="flex items-start rounded-control bg-well">
        <code className="min-w-0 flex-1 py-2 pl-3 font-mono text-small wrap-anywhere select-all">{command}</code>
        <button
          type="button"
          aria-label={strings.command.copyNamed(name)}
          onClick={() => void copy()}
          className="m-1 flex w-21 shrink-0 items-center justify-center gap-1.5 rounded-[4px] py-1 text-small font-medium text-accent hover:bg-raise active:bg-panel"
        >
          {copied > 0 ? <Tick /> : <Sheets />}
          {copied > 0 ? strings.command.copied : strings.command.copy}
        </button>
      </div>
      <span role="status" className="sr-only">
        {copied > 0 && strings.command.copiedNamed(name)}
      </span>
      {error && <ErrorNote error={error} />}
    </div>
  );
}

function Sheets() {
  return (
    <svg viewBox="0 0 14 14" className="size-3.5 fill-none stroke-current" strokeWidth="1.300" aria-hidden="true">
      <rect x="4.500" y="4.500" width="7.500" height="7.500" rx="1.500" />
      <path d="M9.500 2.500h-6a1 1 0 0 0-1 1v6" strokeLinecap="round" />
    </svg>
  );
}

function Tick() {
  return (
    <svg viewBox="0 0 14 14" className="size-3.5 fill-none stroke-current" strokeWidth="1.600" aria-hidden="true">
      <path d="m3 7.300 2.700 2.700L11 4.300" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
