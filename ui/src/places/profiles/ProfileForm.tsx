import { Plus } from "lucide-react";
import { Controller, useWatch, type UseFormReturn } from "react-hook-form";
import { Button } from "../../components/Button.tsx";
import { DropDown } from "../../components/DropDown.tsx";
import { TextField } from "../../components/Field.tsx";
import { count } from "../../figures.ts";
import type { ProviderView } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { FetchModels } from "./FetchModels.tsx";
import type { Values } from "./form.ts";
import { Heading } from "./Heading.tsx";
import { ModelField } from "./ModelField.tsx";
import { ModelRules } from "./ModelRules.tsx";
import { Always, OtherParams } from "./Params.tsx";
import { ProviderFacts } from "./ProviderFacts.tsx";
import { Reasoning, SettingField } from "./SettingFields.tsx";

const words = strings.profiles;

interface ProfileFormProps {
  form: UseFormReturn<Values>;
  providers: readonly ProviderView[];
  /** The way to a provider of the user's own; what it is given takes the name once it is there. */
  onAddProvider: (take: (name: string) => void) => void;
  /** It is looked at only. */
  fixed?: boolean;
  /** The name can be typed: there is no file yet. */
  isNew: boolean;
}

/** The fields of a profile, by the names that its file has for them. */
export function ProfileForm({ form, providers, onAddProvider, fixed = false, isNew }: ProfileFormProps) {
  const {
    register,
    control,
    formState: { errors },
  } = form;
  const [providerName, modelName, maxTokens] = useWatch({
    control,
    name: ["provider", "model", "maxTokens"],
  });
  const provider = providers.find((each) => each.name === providerName);
  const model = [...(provider?.models ?? []), ...(provider?.fetched ?? [])].find((each) => each.id === modelName);
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
      {/* Its value is held here too: a provider may be chosen before its option is drawn. */}
      <DropDown label={words.provider} error={errors.provider?.message} {...register("provider")} value={providerName}>
        <option value="">{words.providerChoose}</option>
        {provider === undefined && providerName !== "" && <option value={providerName}>{providerName}</option>}
        {providers.map((each) => (
          <option key={each.name} value={each.name}>
            {each.title}
          </option>
        ))}
      </DropDown>
      <Controller
        control={control}
        name="model"
        render={({ field }) => (
          <ModelField
            models={provider?.models ?? []}
            fetched={provider?.fetched ?? []}
            value={field.value}
            onChange={field.onChange}
            onBlur={field.onBlur}
            inputRef={field.ref}
            error={errors.model?.message}
          />
        )}
      />
      {(provider !== undefined || !fixed) && (
        <div className="flex flex-col gap-1 @min-[520px]:col-span-2">
          {provider && <ProviderFacts provider={provider} />}
          {!fixed && (
            <div className="flex flex-wrap items-start justify-between gap-x-4">
              <Button
                look="quiet"
                className="-ml-2 text-small"
                data-testid="add-provider-here"
                onClick={() => {
                  onAddProvider((name) => {
                    form.setValue("provider", name, { shouldDirty: true, shouldValidate: true });
                  });
                }}
              >
                <Plus className="size-3.5" aria-hidden="true" />
                {words.ofProvider.addInForm}
              </Button>
              {provider && <FetchModels provider={provider} profile={isNew ? "" : form.getValues("name")} />}
            </div>
          )}
        </div>
      )}

      <ModelRules form={form} provider={provider} />

      <Heading title={words.params} text={`${words.paramsWhy} ${words.form.alwaysWhy}`} />
      <TextField
        mono
        label="temperature"
        inputMode="decimal"
        placeholder={words.unset}
        hint={words.temperatureHint}
        error={errors.temperature?.message}
        aside={<Always form={form} name="temperature" />}
        {...register("temperature")}
      />
      <TextField
        mono
        label="max_tokens"
        inputMode="numeric"
        placeholder={words.unset}
        hint={beyond ? words.capped(count(model.maxOutput ?? 0)) : words.maxTokensHint}
        error={errors.maxTokens?.message}
        aside={<Always form={form} name="max_tokens" />}
        {...register("maxTokens")}
      />
      <OtherParams form={form} />
      <Reasoning form={form} />

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
      <SettingField form={form} name="stream-idle-timeout-ms" placeholder="300000" />
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
