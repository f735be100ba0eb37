import { useWatch, type UseFormReturn } from "react-hook-form";
import { DropDown } from "../../components/DropDown.tsx";
import { TextField } from "../../components/Field.tsx";
import { strings } from "../../strings.ts";
import { settingAt, type Values } from "./form.ts";
import { Folded } from "./Heading.tsx";
import { settingWords, type SettingKey } from "./known.ts";
import { Always } from "./Params.tsx";

const words = strings.profiles.form;

interface SettingFieldProps {
  form: UseFormReturn<Values>;
  name: SettingKey;
  placeholder?: string;
}

/** A setting by its name in the file: a few words to choose from, or a number. */
export function SettingField({ form, name, placeholder = strings.profiles.unset }: SettingFieldProps) {
  const at = settingAt(name);
  const field = `settings.${String(at) as `${number}`}` as const;
  const value = useWatch({ control: form.control, name: field });
  const choices: readonly string[] | undefined =
    name in settingWords ? settingWords[name as keyof typeof settingWords] : undefined;
  const shared = {
    label: name,
    hint: words.hints[name],
    error: form.formState.errors.settings?.[at]?.message,
    // Reasoning counts as one parameter, whatever it is made of.
    aside:
      name === "reasoning.effort" ? (
        <Always form={form} name="reasoning" />
      ) : name === "maxOutputTokens" ? (
        <Always form={form} name={name} />
      ) : undefined,
  };
  if (choices === undefined) {
    return <TextField mono inputMode="numeric" placeholder={placeholder} {...shared} {...form.register(field)} />;
  }
  return (
    <DropDown {...shared} {...form.register(field)} value={value}>
      <option value="">{words.unset}</option>
      {!choices.includes(value) && value !== "" && <option value={value}>{value}</option>}
      {choices.map((choice) => (
        <option key={choice} value={choice}>
          {choice}
        </option>
      ))}
    </DropDown>
  );
}

const folded = [
  "reasoning.effort",
  "reasoning.budgetTokens",
  "reasoning.enabled",
  "maxOutputTokens",
  "prompt-caching",
  "text.verbosity",
  "streaming",
] as const satisfies readonly SettingKey[];

/** How much the model reasons, and how it answers. */
export function Reasoning({ form }: { form: UseFormReturn<Values> }) {
  const settings = useWatch({ control: form.control, name: "settings" });
  const set = folded.filter((key) => settings[settingAt(key)] !== "");
  const summary = set.map((key) => `${key} ${settings[settingAt(key)] ?? ""}`).join(", ");
  return (
    <Folded title={words.reasoning} summary={summary} open={form.formState.errors.settings !== undefined}>
      <p className="-mt-2 text-small text-ink-3 @min-[520px]:col-span-2">{words.reasoningWhy}</p>
      {folded.map((name) => (
        <SettingField key={name} form={form} name={name} />
      ))}
    </Folded>
  );
}
