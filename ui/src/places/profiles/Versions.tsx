import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useDo, useReadAgain, useUndoable } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { useHost } from "../../host/host.ts";
import { dateLocale } from "../../locale.ts";
import { strings } from "../../strings.ts";
import { SideBySide } from "./Conflict.tsx";

const words = strings.profiles.file;

const moment = new Intl.DateTimeFormat(dateLocale, { dateStyle: "medium", timeStyle: "medium" });

/** The earlier texts of a file: a list, a look at one beside today's, and the way back to it. */
export function Versions({ name, onDone }: { name: string; onDone: () => void }) {
  const host = useHost();
  const act = useDo();
  const undoable = useUndoable();
  const readAgain = useReadAgain();
  const [chosen, setChosen] = useState<string>();
  const list = useQuery({ queryKey: ["versions", name], queryFn: () => host.perform("versions", { name }) });
  const look = useQuery({
    queryKey: ["version", name, chosen],
    queryFn: () => host.perform("version", { name, id: chosen ?? "" }),
    enabled: chosen !== undefined,
  });
  const restore = (id: string) =>
    act(async (to) => {
      undoable(words.restored(name), await to.perform("restore_version", { name, id }));
      await readAgain();
      onDone();
    });
  return (
    <div className="@container">
      <p className="text-small text-ink-3">{words.versionsWhy}</p>
      {list.error && <ErrorNote error={list.error} />}
      {list.data?.length === 0 && <p className="mt-2 text-ink-2">{words.versionsNone}</p>}
      <ul aria-label={words.versions} className="mt-2 flex flex-col gap-0.5">
        {list.data?.map(({ id, replacedAt }) => (
          <li key={id}>
            <button
              type="button"
              aria-pressed={id === chosen}
              onClick={() => {
                setChosen(id);
              }}
              className="w-full rounded-control px-3 py-1 text-left hover:bg-well aria-pressed:bg-chosen"
            >
              {words.until(moment.format(replacedAt))}
            </button>
          </li>
        ))}
      </ul>
      {look.error && <ErrorNote error={look.error} />}
      {look.data && chosen !== undefined && (
        <SideBySide
          left={{ title: words.now, text: look.data.now }}
          right={{ title: words.earlier, text: look.data.text }}
        />
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        <Button
          data-testid="restore-version"
          disabled={look.data === undefined || chosen === undefined}
          onClick={() => {
            if (chosen !== undefined) void restore(chosen);
          }}
        >
          {words.restore}
        </Button>
        <Button onClick={onDone}>{words.close}</Button>
      </div>
    </div>
  );
}
