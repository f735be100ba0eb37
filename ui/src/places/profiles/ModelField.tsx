import { useId, useState, type Ref } from "react";
import { Field, fieldClass } from "../../components/Field.tsx";
import { count } from "../../figures.ts";
import type { ModelView } from "../../host/generated.ts";
import { strings } from "../../strings.ts";

const words = strings.profiles;

interface ModelFieldProps {
  /** Those of the catalogue; any other may be typed. */
  models: readonly ModelView[];
  /** Those that the provider named itself. */
  fetched: readonly ModelView[];
  value: string;
  onChange: (value: string) => void;
  onBlur: () => void;
  inputRef: Ref<HTMLInputElement>;
  error: string | undefined;
  /** Where it is not the profile's model itself. */
  label?: string;
  hint?: string;
}

/** A text field with the known models below it while it has the focus (ARIA's editable combobox). */
export function ModelField({
  models: known,
  fetched,
  value,
  onChange,
  onBlur,
  inputRef,
  error,
  ...said
}: ModelFieldProps) {
  const listId = useId();
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const models = [...known, ...fetched.filter(({ id }) => known.every((model) => model.id !== id))];
  // A model of the list was chosen, not searched for: then all are offered.
  const searched = models.some((model) => model.id === value) ? "" : value.trim().toLowerCase();
  const offered = models.filter((model) => model.id.toLowerCase().includes(searched));
  const shown = open && offered.length > 0;
  const active = shown ? offered[at] : undefined;
  const option = (index: number) => `${listId}-${String(index)}`;

  const close = () => {
    setOpen(false);
    setAt(-1);
  };
  const choose = (model: ModelView) => {
    onChange(model.id);
    close();
  };
  const step = (by: number) => {
    setOpen(true);
    setAt(offered.length === 0 ? -1 : (Math.max(at, by > 0 ? -1 : 0) + by + offered.length) % offered.length);
  };

  return (
    <Field label={said.label ?? words.model} hint={said.hint ?? words.modelHint} error={error}>
      {(ids) => (
        <div className="relative">
          <input
            {...ids}
            ref={inputRef}
            role="combobox"
            aria-autocomplete="list"
            aria-expanded={shown}
            aria-controls={listId}
            aria-activedescendant={active ? option(at) : undefined}
            autoComplete="off"
            spellCheck={false}
            value={value}
            onChange={(event) => {
              onChange(event.target.value);
              setOpen(true);
              setAt(-1);
            }}
            onClick={() => {
              setOpen(true);
            }}
            onBlur={() => {
              close();
              onBlur();
            }}
            onKeyDown={(event) => {
              if (event.key === "ArrowDown") step(1);
              else if (event.key === "ArrowUp") step(-1);
              else if (event.key === "Enter" && active) choose(active);
              else if (event.key === "Escape" && shown) close();
              else return;
              event.preventDefault();
            }}
            className={`${fieldClass} font-mono text-small leading-5`}
          />
          <div
            id={listId}
            role="listbox"
            aria-label={words.models}
            hidden={!shown}
            className="absolute inset-x-0 top-full z-20 mt-1 max-h-60 overflow-y-auto rounded-control border border-edge bg-raise p-1 shadow-float"
          >
            {offered.map((model, index) => (
              // The keyboard chooses through the field above, which keeps the focus.
              // eslint-disable-next-line jsx-a11y/click-events-have-key-events
              <div
                key={model.id}
                id={option(index)}
                role="option"
                tabIndex={-1}
                aria-selected={model.id === value}
                onPointerDown={(event) => {
                  event.preventDefault();
                }}
                onClick={() => {
                  choose(model);
                }}
                className={`flex flex-wrap items-baseline justify-between gap-x-3 rounded-[4px] px-2 py-1 ${index === at ? "bg-chosen" : "hover:bg-well"}`}
              >
                <span className="font-mono text-small wrap-anywhere">{model.id}</span>
                <span className="text-small text-ink-3">{about(model, !known.includes(model))}</span>
              </div>
            ))}
          </div>
        </div>
      )}
    </Field>
  );
}

function about({ contextWindow }: ModelView, isFetched: boolean): string {
  return [
    ...(contextWindow === null ? [] : [words.contextOf(count(contextWindow))]),
    ...(isFetched ? [words.modelFetched] : []),
  ].join(", ");
}
