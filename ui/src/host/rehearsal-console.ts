import type { Change, Completion, ConsoleInput, ConsoleOutput, Ran } from "./generated.ts";
import type { Cast, Player, World } from "./rehearsal-world.ts";

/** What the commands have collected for the next save. */
export interface Draft {
  provider: string | null;
  model: string;
  params: Record<string, unknown>;
  contextLimit: number | null;
  /** A placeholder's line, a key, or nothing. */
  key: { line: number; real: boolean } | null;
}

export const emptyDraft = (): Draft => ({ provider: null, model: "", params: {}, contextLimit: null, key: null });

/** The commands that a rehearsal understands: usage and meaning. Capitals stand for names. */
const table: readonly (readonly [string, string])[] = [
  ["/auth", "State of each provider: reachable or why not, login, requests and share"],
  ["/auth PROVIDER enable", "Allow logins for a provider"],
  ["/provider PROVIDER", "Begin a new draft with this provider"],
  ["/model MODEL", "The draft's model"],
  ["/key KEY", "The key of the profile that is saved next; - reads standard input"],
  ["/key list", "The keys that are kept"],
  ["/set modelparam PARAMETER VALUE", "A parameter of the draft's requests"],
  ["/set SETTING VALUE", "A setting of the draft"],
  ["/profile save loadbalancer NAME failover|roundrobin|weighted PROFILE…", "Save a load balancer over profiles"],
  ["/profile save NAME", "Save the draft as a profile"],
  ["/profile load NAME", "From now on this serves requests that name none"],
  ["/profile list", "All profiles and balancers"],
  ["/profile set-default NAME", "What a new start begins with, here and in the llxprt CLI; none for nothing"],
  ["/stats buckets", "Who serves now and why, then requests, share and last use"],
  ["/help", "This list"],
];

/** What can come next, as the engine offers it. */
export function completions(line: string, world: World): Completion[] {
  const typed = line.split(/\s+/u);
  const begun = typed.pop() ?? "";
  const names: Record<string, string[]> = {
    PROVIDER: world.catalogue.map(({ name }) => name),
    MODEL: world.catalogue.flatMap(({ models }) => models.map(({ id }) => id)),
    PROFILE: world.profiles.map(({ name }) => name),
    NAME: [...world.balancers, ...world.profiles].map(({ name }) => name),
  };
  const found = new Map<string, Completion>();
  for (const [usage, help] of table) {
    const places = usage.replaceAll("…", "").split(" ");
    const fits = typed.every((word, at) => isNamed(places[at] ?? places.at(-1) ?? "") || places[at] === word);
    const place = places[typed.length] ?? (usage.endsWith("…") ? places.at(-1) : undefined);
    if (!fits || place === undefined) continue;
    const isNew = usage.includes(" save ") && place === "NAME";
    const words = isNew || place === "KEY" || place === "VALUE" ? [""] : (names[place] ?? place.split("|"));
    for (const word of words.filter((each) => each === "" || each.startsWith(begun))) {
      if (!found.has(word)) found.set(word, { word, usage, help });
    }
  }
  return [...found.values()];
}

const isNamed = (place: string) => /^[A-Z]+$/u.test(place) || place.includes("|");

class Refusal extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

/** Runs a block on the world, which for a dry run is a copy; the draft is changed in place. */
export function runConsole(world: World, draft: Draft, input: ConsoleInput): ConsoleOutput {
  const output: ConsoleOutput = {
    ran: [],
    changes: [],
    wanted: [],
    logins: [],
    undo: null,
    failed_line: null,
    problem: null,
  };
  const called = new Map<string, string>();
  const meant = (name: string) => called.get(name) ?? name;
  for (const [at, text] of input.text.split("\n").entries()) {
    const line = at + 1;
    const words = text.trim().split(/\s+/u);
    if (text.trim() === "" || text.trim().startsWith("#")) continue;
    if (input.skip.includes(line)) {
      draft.key = null;
      continue;
    }
    try {
      const ran = step(words, line);
      output.ran.push({
        line,
        command: words[0] === "/key" ? "/key …" : text.trim(),
        output: "",
        report: null,
        ...ran,
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      output.failed_line = line;
      output.problem = { code: "command_not_understood", message: error.message, hint: error.hint };
      break;
    }
  }
  return output;

  function change(line: number, kind: string, name: string, details: string[]): void {
    const it: Change = { line, kind, name, details };
    output.changes.push(it);
  }

  function exists(name: string): void {
    if ([...world.profiles, ...world.balancers].some((each) => each.name === name)) return;
    throw new Refusal(`There is no profile "${name}".`, "Save one with /profile save NAME.");
  }

  function step(words: string[], line: number): Partial<Ran> {
    const [first = "", second = "", third = "", ...rest] = words;
    switch (first) {
      case "/auth":
        if (third !== "") change(line, "login", second, ["logins allowed"]);
        return { output: third === "" ? "No provider is used yet." : `Logins for ${second} are allowed.` };
      case "/provider":
        if (!world.catalogue.some(({ name }) => name === second)) {
          throw new Refusal(`There is no provider "${second}".`, "There are: anthropic, openai, gemini.");
        }
        Object.assign(draft, emptyDraft(), { provider: second });
        return { output: `A new draft with ${second}.` };
      case "/model":
        if (draft.provider === null) {
          throw new Refusal("No profile has been begun.", "Begin one with /provider PROVIDER.");
        }
        draft.model = second;
        return {};
      case "/key":
        if (draft.provider === null) {
          throw new Refusal("No profile has been begun.", "Begin one with /provider PROVIDER.");
        }
        draft.key = { line, real: !second.includes("your-") || line in input.keys };
        return {};
      case "/set":
        if (second === "modelparam") draft.params[third] = JSON.parse(rest[0] ?? "null");
        else draft.contextLimit = Number(third);
        return {};
      case "/stats":
        return { output: "ha-failover is active.", report: buckets() };
      case "/profile":
        return profile(second, [third, ...rest], line);
      default:
        throw new Refusal(`There is no command ${first}.`, "/help lists the commands.");
    }
  }

  function profile(what: string, [name = "", ...rest]: string[], line: number): Partial<Ran> {
    const use = meant(name);
    switch (what) {
      case "save":
        return name === "loadbalancer" ? saveBalancer(rest, line) : save(name, line);
      case "load":
        exists(use);
        if (world.active !== use)
          change(line, "load", use, world.active === null ? [] : [`in place of ${world.active}`]);
        world.active = use;
        return { output: `${use} serves from now on.` };
      case "set-default":
        exists(use);
        if (world.default !== use) change(line, "default", use, []);
        world.default = use;
        return { output: `${use} is the default, here and in the llxprt CLI.` };
      default:
        throw new Refusal(
          "/profile was not understood like this.",
          "Possible are: /profile save NAME; /profile load NAME",
        );
    }
  }

  function newName(name: string, line: number): string {
    const chosen = input.rename[line];
    if (chosen === undefined) {
      called.delete(name);
      return name;
    }
    called.set(name, chosen);
    return chosen;
  }

  function save(written: string, line: number): Partial<Ran> {
    const name = newName(written, line);
    const { provider, model, params, contextLimit, key } = structuredClone(draft);
    const known = world.profiles.find((each) => each.name === name);
    const file = { provider: provider ?? "", model, params, contextLimit };
    const details = known ? differences(known, file) : contents(file);
    if (key?.real) details.push("with its key");
    if (key && !key.real)
      output.wanted.push({ line: key.line, provider, name, kept: known?.credential.ownKey ?? false });
    if (!known || details.length > 0) change(line, known ? "replace" : "create", name, details);
    if (known) Object.assign(known, file);
    else world.profiles.push(newPlayer(name, file));
    const player = world.profiles.find((each) => each.name === name);
    if (player && key?.real) {
      Object.assign(player, { credential: givenKey, live: { state: "unchecked" } });
    }
    draft.key = null;
    return { output: `${name} is saved.` };
  }

  function saveBalancer([written = "", policy = "", ...members]: string[], line: number): Partial<Ran> {
    const names = members.map(meant);
    for (const member of names) exists(member);
    const name = newName(written, line);
    const known = world.balancers.find((each) => each.name === name);
    const cast: Cast = {
      name,
      policy,
      members: names.map((profile) => ({ profile, weight: 1 })),
      findings: [],
      practice: false,
    };
    change(line, known ? "replace" : "create", name, [`${policy}: ${names.join(", ")}`]);
    if (known) Object.assign(known, cast);
    else world.balancers.push(cast);
    return { output: `${name} is saved: ${names.join(", ")} in this order.` };
  }

  function buckets(): Ran["report"] {
    const rows = world.profiles.map(({ name, credential, live }) => {
      return [name, credential.source, String(live.served ?? 0), "50 %", ""];
    });
    const columns = ["Member", "Account", "Requests today", "Share", "Last used"];
    return { lead: "ha-failover is active.", columns, rows };
  }
}

type File = Pick<Player, "provider" | "model" | "params" | "contextLimit">;

const contents = ({ provider, model, params, contextLimit }: File): string[] => [
  provider,
  model,
  ...Object.entries(params).map(([key, value]) => `${key} ${JSON.stringify(value)}`),
  ...(contextLimit === null ? [] : [`context-limit ${String(contextLimit)}`]),
];

function differences(was: File, is: File): string[] {
  const details = was.model === is.model ? [] : [`model ${was.model} becomes ${is.model}`];
  for (const [key, value] of Object.entries(was.params)) {
    const now = is.params[key];
    if (now === undefined) details.push(`${key} ${JSON.stringify(value)} removed`);
    else if (now !== value) details.push(`${key} ${JSON.stringify(value)} becomes ${JSON.stringify(now)}`);
  }
  for (const [key, value] of Object.entries(is.params)) {
    if (!(key in was.params)) details.push(`${key} ${JSON.stringify(value)} added`);
  }
  return details;
}

const noKey = { usable: false, source: "no key yet", problem: "needs_credential", lastFour: null, ownKey: false };
const givenKey = { usable: true, source: "key kept by Mainstay", problem: null, lastFour: "0000", ownKey: true };

const newPlayer = (name: string, file: File): Player => ({
  name,
  ...file,
  baseUrl: null,
  timeoutMs: null,
  dailyRequests: null,
  dailyUsd: null,
  credential: noKey,
  practice: false,
  testCost: { included: false, tokens: 84, usd: null },
  live: { state: "needs-credential" },
});
