/** A parameter that providers have in common, as its documentation gives it. */
export interface KnownParam {
  name: string;
  least?: number;
  most?: number;
  whole?: boolean;
  /** What a provider takes when nobody says anything, where all agree. */
  usual?: number;
}

/** What the parameters with real names may be; those with a field of their own are not among them. */
export const knownParams: readonly KnownParam[] = [
  { name: "top_p", least: 0, most: 1, usual: 1 },
  { name: "top_k", least: 1, whole: true },
  { name: "frequency_penalty", least: -2, most: 2, usual: 0 },
  { name: "presence_penalty", least: -2, most: 2, usual: 0 },
  { name: "seed", whole: true },
];

/** Whether a value is one that the parameter may have; what is not known may be anything. */
export function fits(name: string, value: unknown): boolean {
  const known = knownParams.find((each) => each.name === name);
  if (!known) return true;
  const { least = -Infinity, most = Infinity, whole = false } = known;
  return typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value));
}

/** Settings of the gateway with a field of their own, by their names in the file. */
export const settingKeys = [
  "maxOutputTokens",
  "stream-idle-timeout-ms",
  "streaming",
  "reasoning.enabled",
  "reasoning.effort",
  "reasoning.budgetTokens",
  "prompt-caching",
  "text.verbosity",
] as const;

export type SettingKey = (typeof settingKeys)[number];

/** Settings that are one of a few words. */
export const settingWords = {
  streaming: ["enabled", "disabled"],
  "reasoning.enabled": ["true", "false"],
  "reasoning.effort": ["none", "minimal", "low", "medium", "high", "xhigh", "max"],
  "prompt-caching": ["off", "5m", "1h", "24h"],
  "text.verbosity": ["low", "medium", "high"],
} as const satisfies Partial<Record<SettingKey, readonly string[]>>;

/** The value in the file for what stands in a setting's field; undefined: the file says nothing. */
export function settingValue(key: SettingKey, text: string): unknown {
  const typed = text.trim();
  if (typed === "") return undefined;
  if (key === "reasoning.enabled" && ["true", "false"].includes(typed)) return typed === "true";
  if (!(key in settingWords) && /^\d+$/u.test(typed)) return Number(typed);
  return typed;
}
