import type { FieldErrors, Resolver } from "react-hook-form";
import { set } from "react-hook-form";
import { z } from "../../zod.ts";
import type { FormDraft, ProfileForm, ProviderView } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { fits, knownParams, settingKeys, settingValue, type SettingKey } from "./known.ts";

/** What stands in the form's fields, all of it as typed. */
export interface Values {
  name: string;
  provider: string;
  model: string;
  baseUrl: string;
  temperature: string;
  maxTokens: string;
  contextLimit: string;
  timeoutMs: string;
  dailyRequests: string;
  dailyUsd: string;
  /** The other parameters, each by its real name, its value as JSON. */
  others: { key: string; value: string }[];
  /** Names of parameters that replace what the client sends. */
  always: string[];
  mainModel: string;
  smallModel: string;
  keepClient: boolean;
  map: { asked: string; serves: string }[];
  /** Not by their names in the file, which hold dots: a list in the order of {@link settingKeys}. */
  settings: string[];
}

const words = strings.profiles.invalid;

/** What is wrong with a name for a new file, by the llxprt CLI's rules; undefined if nothing is. */
export function nameProblem(name: string, taken: readonly string[]): string | undefined {
  const wanted = name.trim();
  if (wanted === "") return words.nameEmpty;
  if (/[/\\\0]/u.test(wanted)) return words.nameSeparator;
  if (wanted === "." || wanted === ".." || /^[a-z]:/iu.test(wanted)) return words.nameReserved;
  if (new TextEncoder().encode(wanted).length > 250) return words.nameLong;
  return taken.includes(wanted) ? words.nameTaken : undefined;
}

/** Where a setting stands among {@link Values.settings}. */
export const settingAt = (key: SettingKey) => settingKeys.indexOf(key);

/** The fields for a profile as it is in its text. */
export function valuesOf(name: string, form: ProfileForm): Values {
  const { temperature, max_tokens: maxTokens, ...rest } = form.params;
  const others = Object.entries(rest);
  // A value of an unexpected kind keeps its real form in a row of its own.
  const plain = (key: string, value: unknown) => {
    if (typeof value === "number") return String(value);
    if (value !== undefined) others.unshift([key, value]);
    return "";
  };
  const { models, settings } = form;
  const text = (value: unknown) =>
    value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
  return {
    name,
    provider: form.provider,
    model: form.model,
    baseUrl: form.baseUrl ?? "",
    temperature: plain("temperature", temperature),
    maxTokens: plain("max_tokens", maxTokens),
    contextLimit: form.contextLimit?.toString() ?? "",
    timeoutMs: form.timeoutMs?.toString() ?? "",
    dailyRequests: form.dailyRequests?.toString() ?? "",
    dailyUsd: form.dailyUsd?.toString() ?? "",
    others: others.map(([key, value]) => ({ key, value: JSON.stringify(value) })),
    always: form.always,
    mainModel: models.main ?? "",
    smallModel: models.small ?? "",
    keepClient: models.keepClient,
    map: models.map,
    settings: settingKeys.map((key) => text(settings[key])),
  };
}

/** The fields of a profile that does not exist yet. */
export const emptyValues: Values = {
  name: "",
  provider: "",
  model: "",
  baseUrl: "",
  temperature: "",
  maxTokens: "",
  contextLimit: "",
  timeoutMs: "",
  dailyRequests: "",
  dailyUsd: "",
  others: [],
  always: [],
  mainModel: "",
  smallModel: "",
  keepClient: false,
  map: [],
  settings: settingKeys.map(() => ""),
};

/** What {@link Values} become in a text. */
export function draftOf(values: Values): FormDraft {
  const number = (text: string) => (text.trim() === "" ? null : Number(text));
  const given = (text: string) => (text.trim() === "" ? null : text.trim());
  const params: Record<string, unknown> = {};
  if (values.temperature.trim() !== "") params.temperature = Number(values.temperature);
  if (values.maxTokens.trim() !== "") params.max_tokens = Number(values.maxTokens);
  for (const { key, value } of values.others) params[key.trim()] = JSON.parse(value);
  const settings = settingKeys.flatMap((key, at) => {
    const value = settingValue(key, values.settings[at] ?? "");
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    provider: values.provider,
    model: values.model.trim(),
    params,
    contextLimit: number(values.contextLimit),
    baseUrl: given(values.baseUrl),
    timeoutMs: number(values.timeoutMs),
    dailyRequests: number(values.dailyRequests),
    dailyUsd: number(values.dailyUsd),
    settings: Object.fromEntries(settings),
    models: {
      main: given(values.mainModel),
      small: given(values.smallModel),
      map: values.map.map(({ asked, serves }) => ({ asked: asked.trim(), serves: serves.trim() })),
      keepClient: values.keepClient,
    },
    always: values.always,
  };
}

const whole = z.string().refine((text) => text.trim() === "" || /^[1-9]\d*$/u.test(text.trim()), words.whole);

const amount = z
  .string()
  .refine((text) => text.trim() === "" || (/^\d+(\.\d{1,6})?$/u.test(text.trim()) && Number(text) > 0), words.usd);

const filled = (text: string) => text.trim() !== "";

const row = z.object({
  key: z.string().refine(filled, words.paramName),
  value: z.string().refine((text) => parsed(text) !== undefined, words.paramValue),
});

const rule = z.object({
  asked: z.string().refine(filled, words.mapAsked),
  serves: z.string().refine(filled, words.mapServes),
});

/** The value of a JSON text; undefined if it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isHttp(text: string): boolean {
  if (text.trim() === "") return true;
  return URL.canParse(text.trim()) && ["http:", "https:"].includes(new URL(text.trim()).protocol);
}

/** Numbers among the settings; `0` switches the pause between two pieces of a stream off. */
const wholeSettings: Partial<Record<SettingKey, RegExp>> = {
  maxOutputTokens: /^[1-9]\d*$/u,
  "stream-idle-timeout-ms": /^\d+$/u,
  "reasoning.budgetTokens": /^[1-9]\d*$/u,
};

/** The rules that the fields must keep. `taken` are the names of other files; undefined when the name is settled. */
export function rules(taken: readonly string[] | undefined, providers: readonly ProviderView[]) {
  return z
    .object({
      name: z.string(),
      provider: z.string().min(1, words.provider),
      model: z.string().refine(filled, words.model),
      baseUrl: z.string().refine(isHttp, words.baseUrl),
      temperature: z
        .string()
        .refine((text) => text.trim() === "" || (Number(text) >= 0 && Number(text) <= 2), words.temperature),
      maxTokens: whole,
      contextLimit: whole,
      timeoutMs: whole,
      dailyRequests: whole,
      dailyUsd: amount,
      others: z.array(row),
      map: z.array(rule),
      settings: z.array(z.string()),
    })
    .check(({ value, issues }) => {
      const wrong = (path: (string | number)[], message: string | undefined) => {
        if (message !== undefined) issues.push({ code: "custom", path, message, input: value });
      };
      if (taken) wrong(["name"], nameProblem(value.name, taken));
      const provider = providers.find((each) => each.name === value.provider);
      if (provider?.baseUrl === null && value.baseUrl.trim() === "") wrong(["baseUrl"], words.baseUrlNeeded);
      const names = value.others.map(({ key }) => key.trim());
      names.forEach((name, at) => {
        const twice = names.indexOf(name) < at || name === "temperature" || name === "max_tokens";
        // What the file holds in another form than a number has a row; beside a number in its own field it is one too many.
        const field = name === "temperature" ? value.temperature : name === "max_tokens" ? value.maxTokens : "x";
        if (name !== "" && twice && (names.indexOf(name) < at || field.trim() !== "")) {
          wrong(["others", at, "key"], words.paramTwice);
        }
        const known = knownParams.find((each) => each.name === name);
        const given = parsed(value.others[at]?.value ?? "");
        if (known && given !== undefined && !fits(name, given)) {
          wrong(["others", at, "value"], words.paramRange(name, rangeOf(known)));
        }
      });
      const asked = value.map.map((each) => each.asked.trim());
      asked.forEach((pattern, at) => {
        if (pattern !== "" && asked.indexOf(pattern) < at) wrong(["map", at, "asked"], words.mapTwice);
      });
      settingKeys.forEach((key, at) => {
        const text = value.settings[at]?.trim() ?? "";
        if (text !== "" && wholeSettings[key]?.test(text) === false) wrong(["settings", at], words.whole);
      });
    });
}

/** What a parameter may be, in words. */
export function rangeOf({ least, most, whole: isWhole = false }: (typeof knownParams)[number]): string {
  const range = strings.profiles.form.range;
  const kind = isWhole ? range.whole : range.number;
  if (least !== undefined && most !== undefined) return range.between(kind, String(least), String(most));
  return least === undefined ? kind : range.from(kind, String(least));
}

/** {@link rules} as the form asks them. */
export function resolver(taken: readonly string[] | undefined, providers: readonly ProviderView[]): Resolver<Values> {
  const schema = rules(taken, providers);
  return (values) => {
    const { success, error } = schema.safeParse(values);
    if (success) return { values, errors: {} };
    const errors: FieldErrors<Values> = {};
    for (const { path, message } of error.issues.toReversed()) {
      set(errors, path.join("."), { type: "invalid", message });
    }
    return { values: {}, errors };
  };
}
