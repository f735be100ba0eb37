import type { Fault, FormDraft, ProfileForm, ProfileText, TextMeaning } from "./generated.ts";
import { HostError } from "./host.ts";
import type { Player } from "./rehearsal-world.ts";

type Json = Record<string, unknown>;

const object = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

/** Settings with a field of their own in the form. */
const own = ["context-limit", "base-url", "timeout_ms"];

/** What a form of a profile's parts says. */
function formOf(player: Pick<Player, keyof FormDraft>): ProfileForm {
  const { provider, model, params, contextLimit, baseUrl, timeoutMs, dailyRequests, dailyUsd } = player;
  const { settings = {}, models = { main: null, small: null, map: [], keepClient: false }, always = [] } = player;
  const limits = { contextLimit, baseUrl, timeoutMs, dailyRequests, dailyUsd };
  return { provider, model, params, ...limits, settings, models, always };
}

/** A text of a form's values, with what else it said before. */
export function filled(text: string, form: FormDraft): string {
  const file = object(JSON.parse(text));
  const { settings, models, always } = formOf(form);
  const given = (part: Json) => Object.fromEntries(Object.entries(part).filter(([, value]) => value !== null));
  const rest = Object.entries(object(file.ephemeralSettings)).filter(
    ([key]) => !own.includes(key) && !(key in formOf(read(text)).settings),
  );
  const ephemeralSettings = {
    ...Object.fromEntries(rest),
    ...given({ "context-limit": form.contextLimit, timeout_ms: form.timeoutMs, "base-url": form.baseUrl }),
    ...settings,
  };
  const dailyLimit = given({ requests: form.dailyRequests, usd: form.dailyUsd });
  const map = Object.fromEntries(models.map.map(({ asked, serves }) => [asked, serves]));
  const some = (part: Json, key: string) => (Object.keys(part).length > 0 ? { [key]: part } : {});
  const serving = {
    ...given({ main: models.main, small: models.small }),
    ...some(map, "map"),
    ...(models.keepClient ? { keepClient: true } : {}),
  };
  const block = {
    ...some(serving, "models"),
    ...(always.length > 0 ? { always } : {}),
    ...some(dailyLimit, "dailyLimit"),
  };
  const others = Object.fromEntries(Object.entries(file).filter(([key]) => key !== "x-mainstay"));
  const { provider, model, params: modelParams } = form;
  return JSON.stringify(
    { ...others, provider, model, modelParams, ephemeralSettings, ...some(block, "x-mainstay") },
    null,
    2,
  );
}

function read(text: string): ProfileForm {
  const file = object(JSON.parse(text));
  const ephemeral = object(file.ephemeralSettings);
  const block = object(file["x-mainstay"]);
  const { models, dailyLimit, always } = block;
  const { main, small, map, keepClient } = object(models);
  const number = (value: unknown) => (typeof value === "number" ? value : null);
  const word = (value: unknown) => (typeof value === "string" ? value : null);
  return {
    provider: word(file.provider) ?? "",
    model: word(file.model) ?? "",
    params: object(file.modelParams),
    contextLimit: number(ephemeral["context-limit"]),
    baseUrl: word(ephemeral["base-url"]),
    timeoutMs: number(ephemeral.timeout_ms),
    dailyRequests: number(object(dailyLimit).requests),
    dailyUsd: number(object(dailyLimit).usd),
    settings: Object.fromEntries(Object.entries(ephemeral).filter(([key]) => !own.includes(key))),
    models: {
      main: word(main),
      small: word(small),
      map: Object.entries(object(map)).map(([asked, serves]) => ({ asked, serves: String(serves) })),
      keepClient: keepClient === true,
    },
    always: Array.isArray(always) ? always.map(String) : [],
  };
}

/** Where a text is no profile, roughly as the engine says it. */
function faultOf(text: string): Fault | null {
  const fault = (line: number, reason: string): Fault => ({ line, column: 1, reason });
  try {
    const { provider, model } = read(text);
    if (provider === "") return fault(1, '"provider" is missing.');
    return model === "" ? fault(1, '"model" is missing.') : null;
  } catch {
    // The first line that ends with neither a comma nor a bracket, and is not the last of its block.
    const lines = text.split("\n");
    const at = lines.findIndex((line, each) => !/[,{[]\s*$/u.test(line) && !/^\s*[}\]]/u.test(lines[each + 1] ?? ""));
    return fault(at + 1, "Expected a comma.");
  }
}

/** What a text in the editor means. */
export function meaning(text: string): TextMeaning {
  const fault = faultOf(text);
  return { fault, form: fault ? null : read(text), findings: [] };
}

/** The text of a profile's file. */
export function textOf(player: Player): string {
  return player.text ?? filled('{ "version": 1 }', formOf(player));
}

/** A text and which one it is. */
export function shown(text: string): ProfileText {
  return { text, fingerprint: fingerprint(text), fault: faultOf(text) };
}

/** What the profile becomes when its file says this. */
export function become(player: Player, text: string): void {
  const fault = faultOf(text);
  if (fault)
    throw new HostError("profile_broken", `${player.name} can’t be used: ${fault.reason}`, "Correct the file.");
  delete player.text;
  Object.assign(player, read(text));
  if (textOf(player) !== text) player.text = text;
}

/** Changes when the text does; good enough for a rehearsal. */
export function fingerprint(text: string): string {
  let sum = 7;
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 2_147_483_647;
  return sum.toString(16);
}
