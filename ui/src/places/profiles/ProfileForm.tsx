import { ChevronDown, Plus, X } from "lucide-react";
import { useId } from "react";
import { Controller, useFieldArray, useWatch, type UseFormReturn } from "react-hook-form";
import { Button } from "../../components/Button.tsx";
import { Field, TextField, fieldClass } from "../../components/Field.tsx";
import { count } from "../../figures.ts";
import type { ProviderView } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import type { Values } from "./form.ts";
import { ModelField } from "./ModelField.tsx";

const words = strings.profiles;

interface ProfileFormProps {
  form: UseFormReturn<Values>;
  providers: readonly ProviderView[];
  /** The name can be typed: there is no file yet. */
  isNew: boolean;
}

/** The fields of a profile, by the names that its file has for them. */
export function ProfileForm({ form, providers, isNew }: ProfileFormProps) {
  const {
    register,
    control,
    formState: { errors },
  } = form;
  const [providerName, modelName, maxTokens] = useWatch({ control, name: ["provider", "model", "maxTokens"] });
  const provider = providers.find((each) => each.name === providerName);
  const model = provider?.models.find((each) => each.id === modelName);
  const beyond = model?.maxOutput != null && Number(maxTokens) > model.maxOutput;

  return (
    <div className="grid gap-x-4 gap-y-3 @min-[520px]:grid-cols-2">
      {isNew && (
        <TextField
          label={words.name}
          hint={words.nameHint}
          error={errors.name?.message}
          fieldClassName="@min-[520px]:col-span-2"
          // The user asked for this form: the first thing to do in it is to type.
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          {...register("name")}
        />
      )}
      <Field label={words.provider} error={errors.provider?.message} hint={about(provider)}>
        {(ids) => (
          <div className="relative">
            <select {...register("provider")} {...ids} className={`${fieldClass} appearance-none pr-8`}>
              <option value="">{words.providerChoose}</option>
              {provider === undefined && providerName !== "" && <option value={providerName}>{providerName}</option>}
              {providers.map((each) => (
                <option key={each.name} value={each.name}>
                  {each.title}
                </option>
              ))}
            </select>
            <ChevronDown
              className="pointer-events-none absolute top-2 right-2.5 size-3.5 text-ink-3"
              aria-hidden="true"
            />
          </div>
        )}
      </Field>
      <Controller
        control={control}
        name="model"
        render={({ field }) => (
          <ModelField
            models={provider?.models ?? []}
            value={field.value}
            onChange={field.onChange}
            onBlur={field.onBlur}
            inputRef={field.ref}
            error={errors.model?.message}
          />
        )}
      />

      <Heading title={words.params} text={words.paramsWhy} />
      <TextField
        mono
        label="temperature"
        inputMode="decimal"
        placeholder={words.unset}
        hint={words.temperatureHint}
        error={errors.temperature?.message}
        {...register("temperature")}
      />
      <TextField
        mono
        label="max_tokens"
        inputMode="numeric"
        placeholder={words.unset}
        hint={beyond ? words.capped(count(model.maxOutput ?? 0)) : words.maxTokensHint}
        error={errors.maxTokens?.message}
        {...register("maxTokens")}
      />
      <Others form={form} />

      <Heading title={words.settings} />
      <TextField
        mono
        label="context-limit"
        inputMode="numeric"
        placeholder={words.unset}
        hint={model?.contextWindow == null ? words.contextHint : words.contextHintModel(count(model.contextWindow))}
        error={errors.contextLimit?.message}
        {...register("contextLimit")}
      />
      <TextField
        mono
        label="timeout_ms"
        inputMode="numeric"
        placeholder="120000"
        hint={words.timeoutHint}
        error={errors.timeoutMs?.message}
        {...register("timeoutMs")}
      />
      <TextField
        mono
        label="base-url"
        type="url"
        placeholder={provider?.baseUrl ?? "https://"}
        hint={provider?.baseUrl === null ? words.baseUrlHintNeeded : words.baseUrlHint}
        error={errors.baseUrl?.message}
        fieldClassName="@min-[520px]:col-span-2"
        {...register("baseUrl")}
      />

      <Heading title={words.daily} text={words.dailyWhy} />
      <TextField
        label={words.dailyRequests}
        inputMode="numeric"
        placeholder={words.unset}
        hint={words.dailyRequestsHint}
        error={errors.dailyRequests?.message}
        {...register("dailyRequests")}
      />
      <TextField
        label={words.dailyUsd}
        inputMode="decimal"
        placeholder={words.unset}
        hint={words.dailyUsdHint}
        error={errors.dailyUsd?.message}
        {...register("dailyUsd")}
      />
    </div>
  );
}

function about(provider: ProviderView | undefined) {
  if (!provider) return undefined;
  return [provider.strengths, provider.considerations]
    .filter((each) => each !== null)
    .map((each) => each.replace(/\.?$/u, "."))
    .join(" ");
}

function Heading({ title, text }: { title: string; text?: string }) {
  return (
    <div className="border-t border-line pt-3 @min-[520px]:col-span-2">
      <h3 className="font-medium">{title}</h3>
      {text !== undefined && <p className="text-small text-ink-3">{text}</p>}
    </div>
  );
}

/** Parameters that have no field of their own, each by its real name, its value kept as JSON. */
function Others({ form }: { form: UseFormReturn<Values> }) {
  const { fields, append, remove } = useFieldArray({ control: form.control, name: "others" });
  const errors = form.formState.errors.others;
  const id = useId();
  return (
    <div className="@min-[520px]:col-span-2">
      {fields.length > 0 && (
        <ul aria-label={words.others} className="flex flex-col gap-2">
          {fields.map((field, at) => {
            const problem = errors?.[at]?.key?.message ?? errors?.[at]?.value?.message;
            const note = `${id}-${String(at)}`;
            const shared = { "aria-describedby": note, autoComplete: "off", spellCheck: false } as const;
            return (
              <li key={field.id}>
                <div className="flex items-start gap-2">
                  <input
                    aria-label={words.paramName(String(at + 1))}
                    aria-invalid={errors?.[at]?.key !== undefined}
                    placeholder="top_p"
                    {...shared}
                    {...form.register(`others.${String(at) as `${number}`}.key`)}
                    className={`${fieldClass} w-2/5! font-mono text-small leading-5`}
                  />
                  <input
                    aria-label={words.paramValue(String(at + 1))}
                    aria-invalid={errors?.[at]?.value !== undefined}
                    placeholder="0.9"
                    {...shared}
                    {...form.register(`others.${String(at) as `${number}`}.value`)}
                    className={`${fieldClass} font-mono text-small leading-5`}
                  />
                  <Button
                    look="quiet"
                    aria-label={words.paramRemove(String(at + 1))}
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
