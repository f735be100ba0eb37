import { useId, useRef } from "react";
import { Button } from "../../components/Button.tsx";
import type { Fault } from "../../host/generated.ts";
import { strings } from "../../strings.ts";

const words = strings.profiles.form.json;

interface JsonEditorProps {
  /** Whose text it is. */
  name: string;
  text: string;
  fault: Fault | null;
  /** Said when there is no fault. */
  good?: string;
  fixed?: boolean;
  onChange: (text: string) => void;
}

/** A file's text with the numbers of its lines; where it goes wrong is marked there and said below. */
export function JsonEditor({ name, text, fault, good = words.good, fixed = false, onChange }: JsonEditorProps) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const lines = text.split("\n");
  const goTo = ({ line, column }: Fault) => {
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    const at = start + Math.max(column - 1, 0);
    area.current?.focus();
    area.current?.setSelectionRange(at, start + (lines[line - 1]?.length ?? 0));
  };
  return (
    <div>
      <div className="flex max-h-130 overflow-auto rounded-control border border-edge bg-raise font-mono text-small focus-within:outline-2 focus-within:outline-accent">
        <div aria-hidden="true" className="sticky left-0 shrink-0 bg-raise py-2 text-right text-ink-3 select-none">
          {lines.map((_, at) => (
            <div
              key={at}
              className={`border-l-3 pr-3 pl-2.5 ${fault?.line === at + 1 ? "border-l-bad bg-bad-well font-medium text-bad" : "border-l-transparent"}`}
            >
              {at + 1}
            </div>
          ))}
        </div>
        <textarea
          ref={area}
          aria-label={words.label(name)}
          aria-describedby={`${id}-fault`}
          aria-invalid={fault !== null}
          data-testid="json-text"
          value={text}
          readOnly={fixed}
          rows={lines.length}
          style={{ minWidth: `${String(Math.max(...lines.map((line) => line.length)) + 2)}ch` }}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          wrap="off"
          onChange={({ target }) => {
            onChange(target.value);
          }}
          className="block min-w-0 flex-1 resize-none overflow-hidden bg-transparent py-2 outline-none"
        />
      </div>
      <div id={`${id}-fault`} role="status" className="mt-1.5 flex min-h-7 flex-wrap items-center gap-x-3 text-small">
        {fault === null ? (
          <p className="text-ink-3">{good}</p>
        ) : (
          <>
            <p className="min-w-0 font-medium wrap-anywhere text-bad" data-testid="json-fault">
              {fault.line > 0 ? words.line(String(fault.line), String(fault.column), fault.reason) : fault.reason}
            </p>
            {fault.line > 0 && (
              <Button
                look="quiet"
                className="-my-1 text-small"
                onClick={() => {
                  goTo(fault);
                }}
              >
                {words.go}
              </Button>
            )}
          </>
        )}
      </div>
      {text.includes("(hidden)") && <p className="text-small text-ink-3">{words.hidden}</p>}
    </div>
  );
}
