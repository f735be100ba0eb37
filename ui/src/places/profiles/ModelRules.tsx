import { ArrowRight, Plus, X } from "lucide-react";
import { useId } from "react";
import { Controller, useFieldArray, useWatch, type UseFormReturn } from "react-hook-form";
import { Button } from "../../components/Button.tsx";
import { fieldClass } from "../../components/Field.tsx";
import type { ProviderView } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import type { Values } from "./form.ts";
import { Folded } from "./Heading.tsx";
import { ModelField } from "./ModelField.tsx";

const words = strings.profiles.form;

interface ModelRulesProps {
  form: UseFormReturn<Values>;
  provider: ProviderView | undefined;
}

/** Which model serves a request that asks for another one. */
export function ModelRules({ form, provider }: ModelRulesProps) {
  const { control } = form;
  const [small, main, keep, map] = useWatch({ control, name: ["smallModel", "mainModel", "keepClient", "map"] });
  const set = [small, main, ...map.map(({ asked }) => asked), ...(keep ? [words.keepClient] : [])];
  const summary = set.filter((each) => each.trim() !== "").join(", ");
  const models = { models: provider?.models ?? [], fetched: provider?.fetched ?? [] };
  return (
    <Folded title={words.serves} summary={summary} open={form.formState.errors.map !== undefined}>
      <p className="-mt-2 text-small text-ink-3 @min-[520px]:col-span-2">{words.servesWhy}</p>
      {(["smallModel", "mainModel"] as const).map((name) => (
        <Controller
          key={name}
          control={control}
          name={name}
          render={({ field, fieldState }) => (
            <ModelField
              {...models}
              label={name === "smallModel" ? words.small : words.main}
              hint={name === "smallModel" ? words.smallHint : words.mainHint}
              value={field.value}
              onChange={field.onChange}
              onBlur={field.onBlur}
              inputRef={field.ref}
              error={fieldState.error?.message}
            />
          )}
        />
      ))}
      <label className="flex items-start gap-2 @min-[520px]:col-span-2">
        <input type="checkbox" className="mt-1 accent-accent" {...form.register("keepClient")} />
        {words.keepClient}
      </label>
      <Rules form={form} />
    </Folded>
  );
}

function Rules({ form }: { form: UseFormReturn<Values> }) {
  const { fields, append, remove } = useFieldArray({ control: form.control, name: "map" });
  const errors = form.formState.errors.map;
  const id = useId();
  return (
    <div className="@min-[520px]:col-span-2">
      <p className="text-small font-medium text-ink-2">{words.rules}</p>
      <p className="text-small text-ink-3">{words.rulesWhy}</p>
      {fields.length > 0 && (
        <ol aria-label={words.rules} className="mt-2 flex flex-col gap-2">
          {fields.map((field, at) => {
            const note = `${id}-${String(at)}`;
            const problem = errors?.[at]?.asked?.message ?? errors?.[at]?.serves?.message;
            const shared = { "aria-describedby": note, autoComplete: "off", spellCheck: false } as const;
            const look = `${fieldClass} min-w-30! flex-1 basis-30 font-mono text-small leading-5`;
            return (
              <li key={field.id}>
                <div className="flex flex-wrap items-center gap-2">
                  <input
                    aria-label={words.ruleAsked(String(at + 1))}
                    aria-invalid={errors?.[at]?.asked !== undefined}
                    placeholder="*opus*"
                    {...shared}
                    {...form.register(`map.${String(at) as `${number}`}.asked`)}
                    className={look}
                  />
                  <ArrowRight className="size-4 shrink-0 text-ink-3" aria-label={words.becomes} role="img" />
                  <input
                    aria-label={words.ruleServes(String(at + 1))}
                    aria-invalid={errors?.[at]?.serves !== undefined}
                    placeholder="claude-opus-4-5"
                    {...shared}
                    {...form.register(`map.${String(at) as `${number}`}.serves`)}
                    className={look}
                  />
                  <Button
                    look="quiet"
                    aria-label={words.ruleRemove(String(at + 1))}
                    className="px-1.5 text-ink-3"
                    onClick={() => {
                      remove(at);
                    }}
                  >
                    <X className="my-0.5 size-4" aria-hidden="true" />
                  </Button>
                </div>
                <p id={note} className="text-small text-bad">
                  {problem}
                </p>
              </li>
            );
          })}
        </ol>
      )}
      <Button
        look="quiet"
        className="-ml-2"
        onClick={() => {
          append({ asked: "", serves: "" });
        }}
      >
        <Plus className="size-4" aria-hidden="true" />
        {words.ruleAdd}
      </Button>
    </div>
  );
}
