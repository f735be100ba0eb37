import { Button } from "../../components/Button.tsx";
import { strings } from "../../strings.ts";

const words = strings.profiles;

interface ConflictProps {
  /** What would be saved. */
  mine: string;
  /** The file's text now. */
  theirs: string;
  onReload: () => void;
  onOverwrite: () => void;
}

/** The file changed while it was being edited: both, side by side, and the choice. */
export function Conflict({ mine, theirs, onReload, onOverwrite }: ConflictProps) {
  return (
    <div role="alert" data-testid="conflict" className="mb-5 rounded-control bg-waiting-well p-4">
      <p className="font-medium">{words.conflict}</p>
      <p className="text-ink-2">{words.conflictWhy}</p>
      <SideBySide left={{ title: words.onDisk, text: theirs }} right={{ title: words.yours, text: mine }} />
      <div className="mt-3 flex flex-wrap gap-2">
        <Button onClick={onReload}>{words.reload}</Button>
        <Button onClick={onOverwrite}>{words.overwrite}</Button>
      </div>
    </div>
  );
}

interface Sheet {
  title: string;
  text: string;
}

/** Two texts, beside each other where there is room. */
export function SideBySide({ left, right }: { left: Sheet; right: Sheet }) {
  return (
    <div className="mt-3 grid gap-3 @min-[520px]:grid-cols-2">
      <Version {...left} />
      <Version {...right} />
    </div>
  );
}

function Version({ title, text }: Sheet) {
  return (
    <div className="min-w-0">
      <p className="mb-1 text-small font-medium text-ink-2">{title}</p>
      <pre className="max-h-70 overflow-auto rounded-control bg-panel p-3 font-mono text-small">{text}</pre>
    </div>
  );
}
