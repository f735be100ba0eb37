import type {
  ArchiveExport,
  Change,
  FindKeysInput,
  FoundKey,
  ImportFile,
  ImportInput,
  ImportOutcome,
  ImportView,
  ImportedKey,
  ImportKeysInput,
} from "./generated.ts";
import { HostError } from "./host.ts";
import type { Player, World } from "./rehearsal-world.ts";

/** A profile or balancer of the archive that lies on a rehearsal's disk. */
type Packed = Pick<ImportFile, "name" | "address" | "keyFrom" | "proxy" | "details"> & {
  kind: "profile" | "balancer" | "file";
  provider?: string;
  model?: string;
};

const plain = { address: null, keyFrom: null, proxy: null, details: [] };

/** An archive of another machine: new, the same, different, and one that nobody can use. */
const packed: Packed[] = [
  { ...plain, name: "anthropic-primary", kind: "profile" },
  {
    ...plain,
    name: "groq-fast",
    kind: "profile",
    provider: "groq",
    model: "llama-4-maverick",
    address: "https://eu.groq.example/openai/v1",
    keyFrom: "the variable GROQ_API_KEY",
    proxy: "http://proxy.example:3128",
  },
  { ...plain, name: "ha-failover", kind: "balancer" },
  {
    ...plain,
    name: "openai-backup",
    kind: "profile",
    provider: "openai",
    model: "gpt-5-mini",
    details: ["model gpt-5.2 becomes gpt-5-mini", "temperature 0.2 removed"],
  },
  { ...plain, name: "torn", kind: "file", details: ["it is not JSON"] },
];

/** The variables of a rehearsal, and where their keys end. */
const variables = [
  { variable: "OPENAI_API_KEY", provider: "openai", lastFour: "9fQ2" },
  { variable: "GEMINI_API_KEY", provider: "gemini", lastFour: "x81A" },
  { variable: "GOOGLE_API_KEY", provider: "gemini", lastFour: "x81A" },
];

const path = "~/.local/share/mainstay/exports/profiles-2026-11-25-140318201.zip";

/** Files that are not there. */
const unreadable = (file: string, code: string) =>
  new HostError(code, `${file} can’t be read: there is no such file.`, "Check the path.");

/** What an export would have written. */
export function exportArchive({ profiles, balancers }: World): ArchiveExport {
  return {
    path,
    profiles: profiles.length + balancers.length,
    leftOut: ["openai-backup: ephemeralSettings.custom-headers.x-team"],
  };
}

function stateOf(world: World, { name, kind, model, details }: Packed): string {
  if (kind === "file") return "unusable";
  const known = [...world.profiles, ...world.balancers].find((each) => each.name === name);
  if (!known) return "new";
  return details.length > 0 && "model" in known && known.model !== model ? "differs" : "same";
}

/** What the archive would bring to this world. */
export function previewImport(world: World, file: string): ImportView {
  if (!file.endsWith(".zip")) throw unreadable(file, "archive_unreadable");
  const files = packed.map((each): ImportFile => {
    const { name, kind, address, keyFrom, proxy, details } = each;
    const state = stateOf(world, each);
    const told = state === "differs" || state === "unusable" ? details : [];
    return { name, kind, state, details: told, address, keyFrom, proxy };
  });
  const { days, mebibytes } = world.retention;
  return {
    fingerprint: world.archive ?? "first",
    files,
    preferences: [
      { name: "active", same: world.active === "ha-failover", before: world.active ?? "none", after: "ha-failover" },
      { name: "retention", same: days === 30, before: kept(days, mebibytes), after: kept(30, 256) },
      { name: "network", same: false, before: "the system's proxy", after: "the proxy http://proxy.example:3128" },
    ],
    leftOut: ["groq-fast: ephemeralSettings.auth-key"],
  };
}

const kept = (days: number, mebibytes: number) => `${String(days)} days, at most ${String(mebibytes)} MiB`;

/** Takes what was chosen into the world. */
export function importArchive(world: World, input: ImportInput, make: (name: string) => Player): ImportOutcome {
  if (input.fingerprint !== (world.archive ?? "first")) {
    throw new HostError("archive_changed", "The file was changed since it was looked at.", "Look at it again.");
  }
  const changes: Change[] = [];
  for (const { name, provider = "", model = "" } of packed.filter((each) => input.files.includes(each.name))) {
    const here = input.names?.[name] ?? name;
    const known = world.profiles.find((each) => each.name === here);
    const player = { ...make(here), provider, model };
    if (known) Object.assign(known, { provider, model, params: { max_tokens: 8192 } });
    else world.profiles.push(player);
    changes.push({ line: 0, kind: known ? "replace" : "create", name: here, details: [] });
  }
  if (input.preferences.includes("retention")) world.retention = { days: 30, mebibytes: 256 };
  return { changes, preferences: input.preferences, problems: [], undo: null };
}

/** The keys that lie there, for whom they would be and where they would go. */
export function findKeys(world: World, { file }: FindKeysInput): FoundKey[] {
  if (file !== null && !file.endsWith(".env")) throw unreadable(file, "env_unreadable");
  const hostOf = (address: string | null | undefined) => (address ? new URL(address).host : null);
  return variables.map(({ variable, provider, lastFour }) => {
    const host = hostOf(world.catalogue.find((each) => each.name === provider)?.baseUrl);
    const players = world.profiles.filter((each) => each.provider === provider);
    const waiting = players
      .filter(({ credential }) => !credential.usable)
      .map(({ name, baseUrl }) => ({ name, host: hostOf(baseUrl) ?? host }));
    return { variable, provider, host, lastFour, waiting, stored: false };
  });
}

/** Gives the keys to those that they are for. */
export function importKeys(world: World, { keys }: ImportKeysInput): ImportedKey[] {
  return keys.map(({ variable, provider, profile }) => {
    const lastFour = variables.find((each) => each.variable === variable)?.lastFour ?? null;
    for (const player of world.profiles) {
      const meant =
        profile === null ? player.provider === provider && !player.credential.usable : player.name === profile;
      if (!meant) continue;
      player.credential = {
        usable: true,
        source: "key kept by Mainstay",
        problem: null,
        lastFour,
        ownKey: profile !== null,
      };
      player.live = { state: "unchecked" };
    }
    return { variable, provider, profile, lastFour };
  });
}
