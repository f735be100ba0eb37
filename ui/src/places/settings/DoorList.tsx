import { useState, type SubmitEvent } from "react";
import { useDo } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { TextField } from "../../components/Field.tsx";
import { useToast } from "../../components/Toasts.tsx";
import type { DoorView } from "../../host/generated.ts";
import { HostError, useHost, type Host } from "../../host/host.ts";
import { strings } from "../../strings.ts";

const words = strings.settings.gateway;

/** What is said of one list. */
interface ListWords {
  title: string;
  none: string;
  entry: string;
  hint: string;
  add: string;
}

interface DoorListProps {
  words: ListWords;
  entries: readonly string[];
  /** Those that the run was started with: shown, and not to be removed here. */
  given: readonly string[];
  save: (host: Host, entries: string[]) => Promise<DoorView>;
  onChange: (door: DoorView) => void;
}

/** One list of those who are let in beyond this machine's own programs. Each change counts at once. */
export function DoorList({ words: own, entries, given, save, onChange }: DoorListProps) {
  const host = useHost();
  const act = useDo();
  const toast = useToast();
  const [entry, setEntry] = useState("");
  const [error, setError] = useState<HostError>();
  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    if (entry.trim() === "") return;
    try {
      onChange(await save(host, [...entries, entry.trim()]));
      setEntry("");
      toast({ text: words.letIn(entry.trim()) });
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    }
  };
  const remove = (gone: string) =>
    act(async (to) => {
      onChange(
        await save(
          to,
          entries.filter((each) => each !== gone),
        ),
      );
      toast({ text: words.letInNoMore(gone) });
    });
  const entryBad = error?.code.startsWith("door_") ? `${error.message} ${error.hint}`.trim() : undefined;
  return (
    <>
      {entries.length + given.length === 0 ? (
        <p className="text-ink-3">{own.none}</p>
      ) : (
        <ul className="border-t border-line" aria-label={own.title}>
          {given.map((each) => (
            <li key={`given ${each}`} className="flex flex-wrap items-center gap-x-2 border-b border-line py-1.5">
              <span className="min-w-0 flex-1 basis-40 font-mono text-small wrap-anywhere">{each}</span>
              <span className="text-small text-ink-3">{words.given}</span>
            </li>
          ))}
          {entries.map((each) => (
            <li key={each} className="flex flex-wrap items-center gap-x-2 border-b border-line py-1">
              <span className="min-w-0 flex-1 basis-40 font-mono text-small wrap-anywhere">{each}</span>
              <Button look="danger" aria-label={words.removeNamed(each)} onClick={() => void remove(each)}>
                {words.remove}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <form noValidate aria-label={own.add} className="mt-4" onSubmit={(event) => void add(event)}>
        <TextField
          mono
          label={own.entry}
          hint={own.hint}
          error={entryBad}
          value={entry}
          onChange={(event) => {
            setEntry(event.target.value);
            setError(undefined);
          }}
        />
        {error && entryBad === undefined && <ErrorNote error={error} />}
        <Button type="submit" className="mt-2" aria-disabled={entry.trim() === ""}>
          {own.add}
        </Button>
      </form>
    </>
  );
}
