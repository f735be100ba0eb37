import { Plus, X } from "lucide-react";
import { useId } from "react";
import { Controller, useFieldArray, useWatch, type UseFormReturn } from "react-hook-form";
import { Button } from "../../components/Button.tsx";
import { fieldClass } from "../../components/Field.tsx";
import { strings } from "../../strings.ts";
import { rangeOf, type Values } from "./form.ts";
import { knownParams } from "./known.ts";

const words = strings.profiles;

/** Whether a parameter replaces what the client sends. */
export function Always({ form, name }: { form: UseFormReturn<Values>; name: string }) {
  return (
    <Controller
      control={form.control}
      name="always"
      render={({ field }) => (
        <label className="flex items-center gap-1.5 text-small whitespace-nowrap text-ink-2">
          <input
            type="checkbox"
            className="accent-accent"
            aria-label={words.form.alwaysFor(name)}
            disabled={name === ""}
            checked={field.value.includes(name)}
            onChange={({ target }) => {
              const others = field.value.filter((each) => each !== name);
              field.onChange(target.checked ? [...others, name] : others);
            }}
          />
          {words.form.always}
        </label>
      )}
    />
  );
}

/** Parameters that have no field of their own, each by its real name, its value kept as JSON. */
export function OtherParams({ form }: { form: UseFormReturn<Values> }) {
  const { fields, append, remove } = useFieldArray({ control: form.control, name: "others" });
  const id = useId();
  return (
    <div className="@min-[520px]:col-span-2">
      <datalist id={`${id}-names`}>
        {knownParams.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {fields.length > 0 && (
        <ul aria-label={words.others} className="flex flex-col gap-2">
          {fields.map((field, at) => (
            <Row
              key={field.id}
              form={form}
              at={at}
              names={`${id}-names`}
              onRemove={() => {
                const { key } = form.getValues("others")[at] ?? { key: "" };
                const always = form.getValues("always");
                if (always.includes(key))
                  form.setValue(
                    "always",
                    always.filter((each) => each !== key),
                  );
                remove(at);
              }}
            />
          ))}
        </ul>
      )}
      <Button
        look="quiet"
        className="-ml-2"
        onClick={() => {
          append({ key: "", value: "" });
        }}
      >
        <Plus className="size-4" aria-hidden="true" />
        {words.paramAdd}
      </Button>
    </div>
  );
}

interface RowProps {
  form: UseFormReturn<Values>;
  at: number;
  /** The list of names that are offered. */
  names: string;
  onRemove: () => void;
}

function Row({ form, at, names, onRemove }: RowProps) {
  const errors = form.formState.errors.others?.[at];
  const problem = errors?.key?.message ?? errors?.value?.message;
  const key = useWatch({ control: form.control, name: `others.${String(at) as `${number}`}.key` }).trim();
  const known = knownParams.find(({ name }) => name === key);
  const note = useId();
  const shared = { "aria-describedby": note, autoComplete: "off", spellCheck: false } as const;
  const hint =
    known && (known.usual === undefined ? rangeOf(known) : words.form.usual(rangeOf(known), String(known.usual)));
  return (
    <li>
      <div className="flex flex-wrap items-center gap-2">
        <input
          aria-label={words.paramName(String(at + 1))}
          aria-invalid={errors?.key !== undefined}
          placeholder="top_p"
          list={names}
          {...shared}
          {...form.register(`others.${String(at) as `${number}`}.key`)}
          className={`${fieldClass} min-w-30! flex-2 basis-30 font-mono text-small leading-5`}
        />
        <input
          aria-label={words.paramValue(String(at + 1))}
          aria-invalid={errors?.value !== undefined}
          placeholder="0.9"
          {...shared}
          {...form.register(`others.${String(at) as `${number}`}.value`)}
          className={`${fieldClass} min-w-30! flex-3 basis-30 font-mono text-small leading-5`}
        />
        <span className="flex items-center gap-1">
          <Always form={form} name={key} />
          <Button
            look="quiet"
            aria-label={words.paramRemove(String(at + 1))}
            className="px-1.5 text-ink-3"
            onClick={onRemove}
          >
            <X className="my-0.5 size-4" aria-hidden="true" />
          </Button>
        </span>
      </div>
      <p id={note} className={`text-small ${problem === undefined ? "text-ink-3" : "text-bad"}`}>
        {problem ?? hint}
      </p>
    </li>
  );
}
