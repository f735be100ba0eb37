import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button.tsx";
import { useForget } from "../../feed.tsx";
import { HostError } from "../../host/host.ts";

/** A deletion of what has happened, which is asked about before it is done. */
export interface Deletion {
  /** The question stands. */
  asked: boolean;
  /** Why it could not be done. */
  error: HostError | undefined;
  /** It was asked and put away: the focus comes back to where it was. */
  wasAsked: boolean;
  ask: () => void;
  putAway: () => void;
  run: () => void;
}

/** `perform` does it. What the window remembers of the exchanges goes with it. */
export function useDeletion(perform: () => Promise<void>): Deletion {
  const memory = useQueryClient();
  const forget = useForget();
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<HostError>();
  const [wasAsked, setWasAsked] = useState(false);
  const putAway = () => {
    setAsked(false);
    setWasAsked(true);
  };
  const run = async () => {
    try {
      await perform();
      forget();
      memory.removeQueries({ predicate: ({ queryKey: [name] }) => name === "exchanges" || name === "statistics" });
      setError(undefined);
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    }
    putAway();
  };
  return {
    asked,
    error,
    wasAsked,
    ask: () => {
      setAsked(true);
    },
    putAway,
    run: () => void run(),
  };
}

interface ButtonProps {
  of: Deletion;
  label: string;
  testId: string;
}

/** Asks for it. */
export function AskToDelete({ of, label, testId }: ButtonProps) {
  return (
    <Button
      // eslint-disable-next-line jsx-a11y/no-autofocus
      autoFocus={of.wasAsked}
      look="danger"
      className="border border-edge"
      data-testid={testId}
      onClick={of.ask}
    >
      {label}
    </Button>
  );
}

/** Both answers to the question. */
export function Answers({ of, keep, sure, testId }: { of: Deletion; keep: string; sure: string; testId: string }) {
  return (
    <div className="flex flex-wrap gap-2">
      {/* The way back has the focus: nothing goes by a second press of the same key. */}
      <Button
        // eslint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        onClick={of.putAway}
      >
        {keep}
      </Button>
      <Button look="danger" data-testid={testId} onClick={of.run}>
        {sure}
      </Button>
    </div>
  );
}
