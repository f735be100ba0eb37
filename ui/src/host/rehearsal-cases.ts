import type { ExchangeRow, LimitLeft, LiveMember, Minute, ProviderView, RouteStep, ShareView } from "./generated.ts";
import { HostError } from "./host.ts";
import { quietMinutes, type Player, type World } from "./rehearsal-world.ts";
import { Rehearsal } from "./rehearsal.ts";

/** Minutes with `ok` requests each, the last `bad` of them failed. */
function busy(ok: (minute: number) => number, bad: readonly number[] = []): Minute[] {
  return quietMinutes().map((_, at) => ({ ok: ok(at), failed: bad.includes(at) ? 3 : 0 }));
}

/** What is left in one window of a subscription. */
function window(name: string, left: number): LimitLeft {
  return { name, left, remaining: null, limit: null, unit: "usage", resetsAt: null };
}

const keyed = { usable: true, source: "key kept by Mainstay", problem: null, lastFour: "7Qx4", ownKey: true };

function player(name: string, provider: string, model: string, live: Partial<LiveMember> = {}): Player {
  return {
    name,
    provider,
    model,
    params: { temperature: 0.2, max_tokens: 8192 },
    contextLimit: 200_000,
    baseUrl: null,
    timeoutMs: null,
    dailyRequests: null,
    dailyUsd: null,
    credential: keyed,
    practice: false,
    testCost: { included: false, tokens: 84, usd: 0.001_02 },
    live,
  };
}

const recipe = (): Player[] => [
  player("anthropic-primary", "anthropic", "claude-sonnet-4-5-20250929", {
    state: "ready",
    minutes: busy((at) => 4 + ((at * 7) % 11)),
    p50: 612,
    p95: 1480,
    served: 1277,
    limits: [window("5 hours", 0.64), window("7 days", 0.81)],
  }),
  player("openai-backup", "openai", "gpt-5.2", {
    state: "ready",
    minutes: busy((at) => (at % 9 === 0 ? 1 : 0)),
    p50: 488,
    p95: 1105,
    served: 7,
    limits: [{ ...window("requests a minute", 0.83), remaining: 415, limit: 500, unit: "requests" }],
  }),
  player("gemini-fallback", "gemini", "gemini-2.5-flash"),
];

const catalogue: ProviderView[] = [
  {
    name: "anthropic",
    title: "Anthropic",
    dialect: "anthropic",
    baseUrl: "https://api.anthropic.com",
    models: [
      { id: "claude-sonnet-4-5-20250929", contextWindow: 200_000, maxOutput: 64_000 },
      { id: "claude-opus-4-5", contextWindow: 200_000, maxOutput: 64_000 },
      { id: "claude-haiku-4-5", contextWindow: 200_000, maxOutput: 64_000 },
    ],
    fetched: [],
    fetchedAt: null,
    fetchedFrom: null,
    strengths: "Best code quality, thinking",
    considerations: "Rate limits on Pro",
    trainsOn: null,
    costClass: "high",
    needsKey: true,
    keyHeader: "x-api-key",
    loginOnly: false,
    own: false,
    variables: ["ANTHROPIC_API_KEY"],
  },
  {
    name: "openai",
    title: "OpenAI",
    dialect: "openai-chat",
    baseUrl: "https://api.openai.com/v1",
    models: [
      { id: "gpt-5.2", contextWindow: 400_000, maxOutput: 128_000 },
      { id: "gpt-5-mini", contextWindow: 400_000, maxOutput: 128_000 },
    ],
    fetched: [],
    fetchedAt: null,
    fetchedFrom: null,
    strengths: "Fast, reliable API",
    considerations: "Requires API key",
    trainsOn: null,
    costClass: "medium",
    needsKey: true,
    keyHeader: "bearer",
    loginOnly: false,
    own: false,
    variables: ["OPENAI_API_KEY"],
  },
  {
    name: "gemini",
    title: "Google Gemini",
    dialect: "gemini",
    baseUrl: "https://generativelanguage.googleapis.com",
    models: [{ id: "gemini-2.5-flash", contextWindow: 1_048_576, maxOutput: 65_536 }],
    fetched: [],
    fetchedAt: null,
    fetchedFrom: null,
    strengths: "Free tier, fast",
    considerations: "Occasional quality variance",
    trainsOn: "its free tier",
    costClass: "free-tier",
    needsKey: true,
    keyHeader: "x-goog-api-key",
    loginOnly: false,
    own: false,
    variables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
  },
  {
    name: "openai-compatible",
    title: "Any OpenAI-compatible address",
    dialect: "openai-chat",
    baseUrl: null,
    models: [],
    fetched: [],
    fetchedAt: null,
    fetchedFrom: null,
    strengths: null,
    considerations: null,
    trainsOn: null,
    costClass: null,
    needsKey: true,
    keyHeader: "bearer",
    loginOnly: false,
    own: false,
    variables: [],
  },
];

const served = (member: string, startedMs = 0, tookMs = 480): RouteStep => ({
  member,
  kind: "served",
  status: 200,
  outcome: "served",
  detail: "",
  again: null,
  startedMs,
  tookMs,
});
const limited = (member: string): RouteStep => ({
  member,
  kind: "failed",
  status: 429,
  outcome: "rate-limited",
  detail: "429, hit its rate limit: This request would exceed your account’s rate limit. Please try again later.",
  again: null,
  startedMs: 0,
  tookMs: 212,
});
const skipped = (member: string): RouteStep => ({
  member,
  kind: "skipped",
  status: null,
  outcome: "cooling",
  detail: "cooling for 0:42 after 429, hit its rate limit",
  again: null,
  startedMs: null,
  tookMs: null,
});

/** A day on which nothing has happened yet. */
const untouched = { requests: 0, saved: 0, failed: 0, costMicroUsd: 0, costUnknown: 0 };

/** A request by this tool just now, as the world has them. */
export const exchangeBy = (tool: string, now: number) => exchange(now, 0, { tool });

function exchange(now: number, ago: number, change: Partial<ExchangeRow>): ExchangeRow {
  const steps = change.steps ?? [served("anthropic-primary")];
  return {
    id: `mst-01jd${String(100_000 + ago)}`,
    time: now - ago * 1000,
    tool: "Claude Code",
    dialect: "anthropic",
    stream: true,
    asked: "claude-sonnet-4-5",
    answered: "claude-sonnet-4-5-20250929",
    route: "ha-failover",
    servedBy: steps.at(-1)?.kind === "served" ? (steps.at(-1)?.member ?? null) : null,
    ended: "served",
    status: 200,
    error: null,
    notes: [],
    firstContentMs: 598,
    totalMs: 3800,
    tokens: 17_102,
    tokensEstimated: false,
    cost: 0.055,
    included: false,
    ...change,
    steps,
  };
}

function history(now: number): ExchangeRow[] {
  const gpt = "gpt-5.2";
  return [
    exchange(now, 3, {
      steps: [skipped("anthropic-primary"), served("openai-backup", 2, 400)],
      answered: gpt,
      firstContentMs: 402,
      totalMs: 6100,
      tokens: 18_204,
      cost: 0.061,
      notes: ["temperature 0.2 not applied: the tool sent 1"],
    }),
    exchange(now, 10, {
      tool: "Codex",
      dialect: "openai-chat",
      asked: gpt,
      answered: gpt,
      steps: [skipped("anthropic-primary"), served("openai-backup", 1, 454)],
      firstContentMs: 455,
      totalMs: 2900,
      tokens: 4911,
      cost: 0.018,
    }),
    exchange(now, 24, {
      steps: [limited("anthropic-primary"), served("openai-backup", 214, 517)],
      answered: gpt,
      firstContentMs: 731,
      totalMs: 4400,
      tokens: 17_950,
      cost: 0.06,
    }),
    exchange(now, 50, {}),
    exchange(now, 77, { tool: "Gemini CLI", dialect: "gemini", asked: "gemini-2.5-flash", tokens: null, cost: null }),
    exchange(now, 93, {
      steps: [
        { ...limited("anthropic-primary"), status: null, outcome: "unreachable", detail: "the connection was reset" },
        served("openai-backup", 240, 660),
      ],
      firstContentMs: 902,
      totalMs: 5200,
    }),
    exchange(now, 119, { firstContentMs: 577, totalMs: 2200, tokens: 16_044, tokensEstimated: true, cost: null }),
    exchange(now, 140, {
      tool: null,
      asked: null,
      steps: [limited("anthropic-primary"), limited("openai-backup"), skipped("gemini-fallback")],
      ended: "failed",
      status: 429,
      error: "all_members_failed",
      answered: null,
      firstContentMs: null,
      totalMs: 460,
      tokens: null,
      cost: null,
    }),
  ];
}

/** A member's part of seven requests, each a conversation of its own. */
function share(member: string, intended: number | null, requests: number): ShareView {
  const part = (100 * requests) / 7;
  return {
    member,
    intended,
    requests,
    requestShare: part,
    placed: requests,
    placedShare: part,
    conversations: requests,
    conversationShare: part,
  };
}

/** The recipe's three profiles in its three lists, failover in use, all well. */
export function recipeWorld(): World {
  const now = Date.now();
  const names = ["anthropic-primary", "openai-backup", "gemini-fallback"];
  const cast = (name: string, policy: string, weights: number[]) => ({
    name,
    policy,
    members: names.map((profile, at) => ({ profile, weight: weights[at] ?? 1 })),
    findings: [],
    practice: false,
  });
  return {
    now,
    active: "ha-failover",
    default: "ha-failover",
    profiles: recipe(),
    balancers: [
      cast("ha-failover", "failover", []),
      cast("ha-roundrobin", "roundrobin", []),
      {
        ...cast("ha-weighted", "weighted", [70, 20, 10]),
        findings: [
          {
            code: "weighted-not-for-cli",
            severity: "warning",
            message: "The llxprt CLI can’t load this file.",
            hint: "It knows failover and roundrobin only. Mainstay serves it by its weights.",
            fix: { id: "save-for-cli", label: "Save so that the CLI can load it", key: null },
          },
        ],
      },
    ],
    exchanges: history(now),
    today: { requests: 1284, saved: 7, failed: 1, costMicroUsd: 3_180_000, costUnknown: 12 },
    notice: null,
    history: null,
    retention: { days: 90, mebibytes: 512 },
    shares: [
      {
        route: "ha-failover",
        policy: "failover",
        sticky: false,
        members: [
          share("anthropic-primary", null, 3),
          share("openai-backup", null, 4),
          share("gemini-fallback", null, 0),
        ],
      },
      {
        route: "ha-weighted",
        policy: "weighted",
        sticky: true,
        members: [share("anthropic-primary", 70, 5), share("openai-backup", 20, 2), share("gemini-fallback", 10, 0)],
      },
    ],
    network: {
      proxy: "system",
      noProxy: null,
      caFile: null,
      authorities: [],
      https: null,
      http: null,
      logins: [],
      overridden: [],
      notices: [],
    },
    prices: [
      {
        provider: "openai",
        model: "gpt-5.2",
        own: null,
        listed: { input: 1.75, output: 14, cachedInput: 0.175, cacheWrite: null },
        freeTier: false,
      },
      {
        provider: "gemini",
        model: "gemini-2.5-flash",
        own: null,
        listed: { input: 0.3, output: 2.5, cachedInput: 0.03, cacheWrite: null },
        freeTier: true,
      },
      { provider: "openai-compatible", model: "llama-4-maverick", own: null, listed: null, freeTier: false },
    ],
    catalogue,
    folder: "~/.llxprt/profiles",
    offline: null,
    gone: null,
  };
}

/** Lets the first member hit its rate limit. */
function cool(world: World): void {
  Object.assign(world.profiles[0]?.live ?? {}, {
    state: "cooling",
    until: world.now + 42_000,
    why: "429, hit its rate limit",
    canTry: true,
    limits: [window("5 hours", 0)],
    minutes: busy((at) => (at > 26 ? 0 : 4 + ((at * 7) % 11)), [11, 27, 28, 29]),
  });
  Object.assign(world.profiles[1]?.live ?? {}, {
    minutes: busy((at) => (at > 26 ? 6 + at - 26 : at % 9 === 0 ? 1 : 0)),
  });
}

const needs = { usable: false, source: "no key yet", problem: "needs_credential", lastFour: null, ownKey: false };

function practise(world: World): void {
  const model = ["claude-sonnet-4-5-20250929", "gpt-5.2", "gemini-2.5-flash"];
  world.profiles = ["anthropic", "openai", "gemini"].map((provider, at) => ({
    ...player(`practice-${provider}`, provider, model[at] ?? ""),
    credential: { usable: true, source: "simulated, needs none", problem: null, lastFour: null, ownKey: false },
    practice: true,
    testCost: { included: true, tokens: 84, usd: null },
  }));
  world.balancers = [
    {
      name: "practice",
      policy: "failover",
      members: world.profiles.map(({ name }) => ({ profile: name, weight: 1 })),
      findings: [],
      practice: true,
    },
  ];
  Object.assign(world, { active: "practice", default: null, exchanges: [] });
  world.today = { ...untouched };
}

/** What each case changes in the recipe's world. */
const cases = {
  well: () => undefined,
  cooling: cool,
  sharing: (world: World) => {
    world.active = "ha-weighted";
  },
  "sharing-out": (world: World) => {
    cool(world);
    world.active = "ha-weighted";
  },
  roundrobin: (world: World) => {
    world.active = "ha-roundrobin";
  },
  single: (world: World) => {
    world.active = "anthropic-primary";
  },
  idle: (world: World) => {
    for (const each of world.profiles) each.live = {};
    world.today = { ...untouched };
    world.exchanges = [];
  },
  "all-out": (world: World) => {
    cool(world);
    const [, second, third] = world.profiles;
    const open = { state: "open", until: world.now + 18_000, why: "503 three times within a minute", canTry: true };
    Object.assign(second?.live ?? {}, open);
    Object.assign(third?.live ?? {}, { state: "needs-credential", why: "no key yet" });
  },
  "last-one": (world: World) => {
    cool(world);
    Object.assign(world.profiles[2]?.live ?? {}, { state: "needs-credential", why: "no key yet" });
    world.notice = {
      code: "keyring_unavailable",
      message: "The system’s keyring can’t be used.",
      hint: "Keys are kept in memory and are gone when Mainstay ends. Unlock the keyring and start again.",
    };
  },
  probing: (world: World) => {
    cool(world);
    Object.assign(world.profiles[0]?.live ?? {}, { state: "probing", until: null, why: "one request is trying it" });
  },
  "needs-key": (world: World) => {
    for (const each of world.profiles) {
      each.live = { state: "needs-credential", why: "no key yet" };
      each.credential = needs;
    }
    world.today = { ...untouched };
    world.exchanges = [];
  },
  "needs-login": (world: World) => {
    for (const each of world.profiles) {
      each.live = { state: "needs-credential", why: "needs a login: the last one has ended" };
      each.credential = { ...needs, problem: "login_needed" };
    }
    world.today = { ...untouched };
    world.exchanges = [];
  },
  pinned: (world: World) => {
    if (world.balancers[0]) world.balancers[0].pinned = "gemini-fallback";
  },
  offline: (world: World) => {
    world.offline = world.now - 20_000;
  },
  "taken-out": (world: World) => {
    Object.assign(world.profiles[0]?.live ?? {}, {
      state: "taken-out",
      until: world.now + 55_000,
      why: "taken out by you for a minute",
      canTry: true,
    });
  },
  several: (world: World) => {
    world.profiles.push(player("mistral-spare", "mistral", "mistral-large-3"), {
      ...player("groq-fast", "groq", "llama-4-maverick"),
      live: { state: "needs-credential", why: "no key yet" },
      credential: needs,
    });
    for (const row of world.exchanges.slice(0, 2)) row.route = "ha-weighted";
  },
  practice: practise,
  "practice-broken": (world: World) => {
    practise(world);
    Object.assign(world.profiles[0] ?? {}, {
      live: {
        state: "cooling",
        until: world.now + 58_000,
        why: "429, hit its rate limit",
        canTry: true,
        fault: "rate-limit",
      },
    });
    world.today = { ...untouched, requests: 2, saved: 1 };
  },
  "no-active": (world: World) => {
    world.active = null;
  },
  empty: (world: World) => {
    Object.assign(world, { active: null, default: null, profiles: [], balancers: [], exchanges: [] });
    world.today = { ...untouched };
  },
  many: (world: World) => {
    cool(world);
    const more = [
      "openrouter-spare",
      "groq-fast",
      "mistral-eu",
      "a-profile-with-a-name-that-is-much-longer-than-usual",
    ];
    world.profiles.push(...more.map((name) => player(name, name.split("-")[0] ?? "", "llama-4-maverick")));
    world.balancers[0]?.members.push(...more.map((profile) => ({ profile, weight: 1 })));
    world.balancers[0]?.members.push({ profile: "gone-away", weight: 1 });
  },
  "not-started": (world: World) => {
    world.gone = new HostError(
      "port_in_use",
      "Another program listens on 127.0.0.1:4117: llama-server.",
      "Stop it, or give another port with --listen.",
    );
  },
  unreachable: (world: World) => {
    world.gone = new HostError(
      "shell_unreachable",
      "The window can’t reach the program behind it.",
      "Close the window and start Mainstay again.",
    );
  },
} satisfies Record<string, (world: World) => void>;

/** A named case. */
export type Case = keyof typeof cases;

/** Their names. */
export const caseNames = Object.keys(cases) as Case[];

/** A host that plays the case. */
export function rehearse(name: Case): Rehearsal {
  const world = recipeWorld();
  cases[name](world);
  return new Rehearsal(world);
}
