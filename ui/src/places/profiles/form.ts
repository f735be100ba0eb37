import type { FieldErrors, Resolver } from "react-hook-form";
import { set } from "react-hook-form";
import { z } from "zod";
import type { ProfileDetail, ProfileDraft, ProviderView } from "../../host/generated.ts";
import { strings } from "../../strings.ts";

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

/** The fields for a profile as it is in its file. */
export function valuesOf(profile: ProfileDetail): Values {
  const { temperature, max_tokens: maxTokens, ...rest } = profile.params;
  const others = Object.entries(rest);
  // A value of an unexpected kind keeps its real form in a row of its own.
  const plain = (name: string, value: unknown) => {
    if (typeof value === "number") return String(value);
    if (value !== undefined) others.unshift([name, value]);
    return "";
  };
  return {
    name: profile.name,
    provider: profile.provider,
    model: profile.model,
    baseUrl: profile.baseUrl ?? "",
    temperature: plain("temperature", temperature),
    maxTokens: plain("max_tokens", maxTokens),
    contextLimit: profile.contextLimit?.toString() ?? "",
    timeoutMs: profile.timeoutMs?.toString() ?? "",
    dailyRequests: profile.dailyRequests?.toString() ?? "",
    dailyUsd: profile.dailyUsd?.toString() ?? "",
    others: others.map(([key, value]) => ({ key, value: JSON.stringify(value) })),
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
};

/** What {@link Values} become when they are saved; `fingerprint` says which text they were made from. */
export function draftOf(values: Values, fingerprint: string | null): ProfileDraft {
  const number = (text: string) => (text.trim() === "" ? null : Number(text));
  const params: Record<string, unknown> = {};
  if (values.temperature.trim() !== "") params.temperature = Number(values.temperature);
  if (values.maxTokens.trim() !== "") params.max_tokens = Number(values.maxTokens);
  for (const { key, value } of values.others) params[key.trim()] = JSON.parse(value);
  return {
    name: values.name.trim(),
    fingerprint,
    provider: values.provider,
    model: values.model.trim(),
    params,
    contextLimit: number(values.contextLimit),
    baseUrl: values.baseUrl.trim() === "" ? null : values.baseUrl.trim(),
    timeoutMs: number(values.timeoutMs),
    dailyRequests: number(values.dailyRequests),
    dailyUsd: number(values.dailyUsd),
  };
}

const whole = z.string().refine((text) => text.trim() === "" || /^[1-9]\d*$/u.test(text.trim()), words.whole);

const amount = z
  .string()
  .refine((text) => text.trim() === "" || (/^\d+(\.\d{1,6})?$/u.test(text.trim()) && Number(text) > 0), words.usd);

const row = z.object({
  key: z.string().refine((key) => key.trim() !== "", words.paramName),
  value: z.string().refine(isJson, words.paramValue),
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isHttp(text: string): boolean {
  if (text.trim() === "") return true;
  return URL.canParse(text.trim()) && ["http:", "https:"].includes(new URL(text.trim()).protocol);
}

/** The rules that the fields must keep. `taken` are the names of other files; undefined when the name is settled. */
export function rules(taken: readonly string[] | undefined, providers: readonly ProviderView[]) {
  return z
    .object({
      name: z.string(),
      provider: z.string().min(1, words.provider),
      model: z.string().refine((text) => text.trim() !== "", words.model),
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
      });
    });
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
