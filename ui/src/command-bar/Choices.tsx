import type { LucideIcon } from "lucide-react";
import { useEffect, useRef, type ReactNode } from "react";

/** One thing that can be chosen below the field. */
export interface Choice {
  id: string;
  label: string;
  about?: string | undefined;
  icon?: LucideIcon | undefined;
  /** A command is shown as it is typed. */
  mono?: boolean;
}

interface ChoicesProps {
  /** The id of the list; a choice's is that with its place. */
  id: string;
  label: string;
  groups: readonly { title?: string; choices: readonly Choice[] }[];
  /** Which is the present one, counted over all groups; -1: none. */
  at: number;
  onPoint: (at: number) => void;
  onChoose: (at: number) => void;
}

/** The id of a choice, for the field that names the present one. */
export const choiceId = (list: string, at: number) => `${list}-${String(at)}`;

/** The list under a combobox. The focus stays in the field; the pointer only points. */
export function Choices({ id, label, groups, at, onPoint, onChoose }: ChoicesProps) {
  const starts = groups.map((_, index) =>
    groups.slice(0, index).reduce((before, { choices }) => before + choices.length, 0),
  );
  return (
    <div id={id} role="listbox" aria-label={label} className="min-h-0 overflow-y-auto p-1.5">
      {groups.map(({ title, choices }, index) => {
        const start = starts[index] ?? 0;
        const list = choices.map((choice, place) => (
          <Option
            key={choice.id}
            id={choiceId(id, start + place)}
            choice={choice}
            present={start + place === at}
            onPoint={() => {
              onPoint(start + place);
            }}
            onChoose={() => {
              onChoose(start + place);
            }}
          />
        ));
        if (choices.length === 0) return null;
        return title === undefined ? (
          list
        ) : (
          <Group key={title} title={title} id={`${id}-group-${String(index)}`}>
            {list}
          </Group>
        );
      })}
    </div>
  );
}

function Group({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <div role="group" aria-labelledby={id}>
      <div id={id} role="presentation" className="px-2.5 pt-2 pb-1 text-small text-ink-3">
        {title}
      </div>
      {children}
    </div>
  );
}

interface OptionProps {
  id: string;
  choice: Choice;
  present: boolean;
  onPoint: () => void;
  onChoose: () => void;
}

function Option({ id, choice, present, onPoint, onChoose }: OptionProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (present) element.current?.scrollIntoView({ block: "nearest" });
  }, [present]);
  const { label, about, icon: Icon, mono = false } = choice;
  return (
    // The keys are the field's: it keeps the focus (ARIA's combobox).
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      ref={element}
      id={id}
      role="option"
      aria-selected={present}
      data-testid={`choice-${choice.id}`}
      // A press takes no focus from the field.
      onPointerDown={(event) => {
        event.preventDefault();
      }}
      onPointerMove={present ? undefined : onPoint}
      onClick={onChoose}
      className="flex items-center gap-2.5 rounded-control px-2.5 py-1.5 aria-selected:bg-chosen"
    >
      {Icon && <Icon className="size-4 shrink-0 text-ink-3" strokeWidth={1.6} aria-hidden="true" />}
      <span className={`min-w-0 flex-1 wrap-anywhere ${mono ? "font-mono text-small leading-5" : ""}`}>{label}</span>
      {about !== undefined && <span className="max-w-1/2 text-right text-small text-ink-3">{about}</span>}
    </div>
  );
}
