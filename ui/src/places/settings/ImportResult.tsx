import { Check, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useTakeBack } from "../../ask.ts";
import { Button, focused } from "../../components/Button.tsx";
import type { ImportOutcome } from "../../host/generated.ts";
import { strings } from "../../strings.ts";

const words = strings.settings.transfer.imported;

interface ImportResultProps {
  outcome: ImportOutcome;
  onDone: () => void;
}

/** What an import has changed, what it could not, and the way back. */
export function ImportResult({ outcome: { changes, preferences, problems, undo }, onDone }: ImportResultProps) {
  const takeBack = useTakeBack();
  const [busy, setBusy] = useState(false);
  const change = words.changes as Record<string, string>;
  const setting = words.preference as Record<string, string>;
  const rows = [
    ...changes.map(({ name, kind }) => ({ name, said: change[kind] ?? kind })),
    ...preferences.map((name) => ({ name: setting[name] ?? name, said: words.set })),
  ];
  return (
    <div data-testid="import-result">
      <h4 tabIndex={-1} ref={focused} className="font-medium outline-none">
        {words.done}
      </h4>
      {rows.length === 0 && problems.length === 0 && <p className="text-ink-2">{words.doneNothing}</p>}
      <ul className="mt-1">
        {rows.map(({ name, said }) => (
          <li key={`${said} ${name}`} className="flex items-start gap-2">
            <Check className="mt-0.5 size-4 shrink-0 text-ok" aria-hidden="true" />
            <span className="min-w-0 wrap-anywhere">
              {name} <span className="text-ink-3">{said}</span>
            </span>
          </li>
        ))}
      </ul>
      {problems.length > 0 && (
        <div role="alert" className="mt-2">
          <p className="font-medium">{words.problems}</p>
          <ul>
            {problems.map((each) => (
              <li key={each} className="flex items-start gap-2">
                <TriangleAlert className="mt-0.5 size-4 shrink-0 text-waiting" aria-hidden="true" />
                <span className="min-w-0 wrap-anywhere">{each}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {changes.length > 0 && <p className="mt-2 text-ink-2">{words.keysLater}</p>}
      <div className="mt-3 flex flex-wrap gap-2">
        <Button onClick={onDone}>{words.again}</Button>
        {undo && (
          <Button
            data-testid="import-undo"
            aria-disabled={busy}
            onClick={() => {
              if (busy) return;
              setBusy(true);
              void takeBack(undo.token).then(onDone);
            }}
          >
            {words.undo}
          </Button>
        )}
      </div>
    </div>
  );
}
