import type {
  Change,
  CredentialView,
  MemberChoice,
  MemberCredential,
  ProviderAccounts,
  StarterInput,
  StarterMemberView,
  StarterOutcome,
  StarterView,
} from "./generated.ts";
import { HostError } from "./host.ts";
import type { Cast, Player, World } from "./rehearsal-world.ts";

interface Draft {
  name: string;
  provider: string;
  model: string;
  weight: number;
}

interface Starter {
  id: string;
  title: string;
  summary: string;
  balancer: string;
  policy: string;
  members: readonly Draft[];
}

const draft = (name: string, provider: string, model: string, weight = 1): Draft => ({ name, provider, model, weight });
const claude = (weight = 1) => draft("anthropic-primary", "anthropic", "claude-sonnet-4-5-20250929", weight);
const gpt = (weight = 1) => draft("openai-backup", "openai", "gpt-5.2", weight);
const gemini = (weight = 1) => draft("gemini-fallback", "gemini", "gemini-2.5-flash", weight);

/** The recipe's load balancers, as the engine ships them. */
const starters: readonly Starter[] = [
  {
    id: "reliability",
    title: "Reliability first",
    summary: "Uses providers in order, and the next one only when the one before fails.",
    balancer: "ha-failover",
    policy: "failover",
    members: [claude(), gpt(), gemini()],
  },
  {
    id: "spread",
    title: "Spread the load",
    summary: "Gives each provider the same share of the requests.",
    balancer: "ha-roundrobin",
    policy: "roundrobin",
    members: [claude(), gpt(), gemini()],
  },
  {
    id: "budget",
    title: "Budget first",
    summary: "Free and cheap providers first, paid ones only when they are needed.",
    balancer: "budget-ha",
    policy: "failover",
    members: [gemini(), draft("qwen-free", "qwen", "qwen3-coder-480b-a35b-instruct"), claude()],
  },
  {
    id: "quality",
    title: "Quality first",
    summary: "The best models first, faster ones when those fail.",
    balancer: "quality-ha",
    policy: "failover",
    members: [
      draft("anthropic-opus", "anthropic", "claude-opus-5"),
      draft("anthropic-sonnet", "anthropic", "claude-sonnet-5"),
      gpt(),
      gemini(),
    ],
  },
  {
    id: "speed",
    title: "Speed first",
    summary: "Fast models first.",
    balancer: "speed-ha",
    policy: "failover",
    members: [gemini(), gpt(), claude()],
  },
  {
    id: "proportional",
    title: "70 / 20 / 10",
    summary: "Gives each provider its share of the requests: 70 % Claude, 20 % OpenAI, 10 % Gemini.",
    balancer: "ha-weighted",
    policy: "weighted",
    members: [claude(70), gpt(20), gemini(10)],
  },
];

/** All starters, and what of each is there. */
export function starterViews(world: World): StarterView[] {
  const view = (member: Draft): StarterMemberView => {
    const player = world.profiles.find((each) => each.name === member.name);
    const details = player ? differences(player, member) : [];
    const isList = world.balancers.some((cast) => cast.name === member.name);
    const state = isList ? "unusable" : !player ? "missing" : details.length > 0 ? "differs" : "same";
    return { ...member, state, details, credential: player?.credential ?? null };
  };
  return starters.map((starter) => ({
    ...starter,
    exists: world.balancers.some((cast) => cast.name === starter.balancer),
    members: starter.members.map(view),
  }));
}

/** Applies a starter to the world, and says what changed. `accounts` are the keys and logins that providers have. */
export function applyStarter(
  world: World,
  accounts: readonly ProviderAccounts[],
  input: StarterInput,
): Omit<StarterOutcome, "undo"> {
  const starter = starters.find(({ id }) => id === input.id);
  if (!starter) {
    throw new HostError("no_such_starter", `There is no starter "${input.id}".`, "Choose one of the list.");
  }
  const changes: Change[] = [];
  const list: Cast["members"] = [];
  for (const member of starter.members) {
    const choice = input.members.find((each) => each.name === member.name);
    const player = settled(world, accounts, member, choice, changes);
    if (!player) continue;
    if (list.some(({ profile }) => profile === player.name)) {
      const hint = "Choose another profile, or leave one of the two out.";
      throw new HostError("member_twice", `${player.name} would be listed twice.`, hint);
    }
    list.push({ profile: player.name, weight: member.weight });
  }
  const least = starter.policy === "failover" ? 2 : 1;
  const [only] = list;
  const alone = input.alone === true && list.length === 1 && only !== undefined;
  if (list.length < least && !alone) {
    const message = `${starter.title} needs at least ${String(least)} members, and has ${String(list.length)}.`;
    throw new HostError("starter_empty", message, "Leave fewer of them out.");
  }
  if (!alone) listed(world, starter, list, input.replace, changes);
  const found = (input.variables ?? []).map(({ profile }) => ({ profile, key: "a key of the environment" }));
  for (const { profile, key } of [...input.keys, ...found]) {
    const player = world.profiles.find((each) => each.name === profile);
    const kept = { usable: true, problem: null, lastFour: key.slice(-4), ownKey: true };
    if (player) Object.assign(player, { credential: { ...kept, source: "key kept by Mainstay" }, live: unchecked });
  }
  const credentials = list.map(({ profile }): MemberCredential => {
    const { usable, source, problem } = world.profiles.find((each) => each.name === profile)?.credential ?? none;
    return { profile, usable, source, takesKey: problem === null || problem === "needs_credential" };
  });
  if (!input.dryRun && !credentials.some(({ usable }) => usable)) {
    const message = `${starter.balancer} could not serve: none of its members has a key or login.`;
    throw new HostError("starter_could_not_serve", message, "Give one of them a key, or log in first.");
  }
  return {
    balancer: alone ? only.profile : starter.balancer,
    members: list.map(({ profile }) => profile),
    changes,
    credentials,
  };
}

const unchecked = { state: "unchecked" } as const;
const none: CredentialView = {
  usable: false,
  source: "no key yet",
  problem: "needs_credential",
  lastFour: null,
  ownKey: false,
};

function differences(player: Player, member: Draft): string[] {
  return (["provider", "model"] as const)
    .filter((part) => player[part] !== member[part])
    .map((part) => `${part} ${player[part]} becomes ${member[part]}`);
}

/** The profile that is listed for a member. */
function settled(
  world: World,
  accounts: readonly ProviderAccounts[],
  member: Draft,
  choice: MemberChoice | undefined,
  changes: Change[],
): Player | undefined {
  const { name } = member;
  const named = (wanted: string) => world.profiles.find((each) => each.name === wanted && !each.practice);
  const player = named(choice?.profile ?? name);
  const action = choice?.action ?? (player ? "use" : undefined);
  if (action === "leave") return undefined;
  if (action === undefined) {
    throw new HostError("starter_unsettled", `${name} is missing.`, "Create it, or leave it out.");
  }
  if (action === "create") {
    if (player) throw new HostError("profile_exists", `There is a profile named ${name} already.`, "Use it.");
    const made = created(accounts, { ...member, ...choice, name });
    const details = [made.provider, made.model, "max_tokens 8192", "context-limit 200000"];
    changes.push({ line: 0, kind: "create", name, details });
    world.profiles.push(made);
    return made;
  }
  if (!player) {
    const wanted = choice?.profile ?? name;
    throw new HostError("profile_missing", `There is no profile named ${wanted}.`, "Create it, or leave it out.");
  }
  if (action === "replace" && choice?.profile === undefined) {
    const details = differences(player, member);
    if (details.length > 0) changes.push({ line: 0, kind: "replace", name, details });
    Object.assign(player, { provider: member.provider, model: member.model });
  }
  return player;
}

/** A new profile; a key or login of its provider is its own. */
function created(accounts: readonly ProviderAccounts[], { name, provider, model }: Draft): Player {
  const of = accounts.find((each) => each.provider === provider);
  const login = of?.login?.enabled && of.login.accounts.some(({ state }) => state === "ready");
  const stored = of?.keys.some(({ profile }) => profile === null) ?? false;
  const source = login ? "the login of default" : "the key of the provider";
  const has = login === true || stored;
  return {
    name,
    provider,
    model,
    params: { max_tokens: 8192 },
    contextLimit: 200_000,
    baseUrl: null,
    timeoutMs: null,
    dailyRequests: null,
    dailyUsd: null,
    credential: has ? { ...none, usable: true, source, problem: null } : none,
    practice: false,
    testCost: { included: false, tokens: 84, usd: null },
    live: has ? unchecked : { state: "needs-credential" },
  };
}

/** The load balancer itself: made, changed where that is allowed, or there already. */
function listed(
  world: World,
  { balancer: name, policy }: Starter,
  members: Cast["members"],
  mayChange: boolean,
  changes: Change[],
): void {
  const cast = world.balancers.find((each) => each.name === name);
  const told = (list: Cast["members"]) =>
    list.map(({ profile, weight }) => (weight === 1 ? profile : `${profile} ${String(weight)}`)).join(", ");
  if (!cast) {
    changes.push({ line: 0, kind: "create", name, details: [`${policy}: ${told(members)}`] });
    world.balancers.push({ name, policy, members, findings: [], practice: false });
    return;
  }
  if (cast.policy === policy && told(cast.members) === told(members)) return;
  if (!mayChange) {
    const message = `There is a load balancer ${name} with other members.`;
    throw new HostError("profile_exists", message, "Allow that it is replaced, or rename it first.");
  }
  changes.push({ line: 0, kind: "replace", name, details: [`members ${told(cast.members)} becomes ${told(members)}`] });
  Object.assign(cast, { policy, members });
}
