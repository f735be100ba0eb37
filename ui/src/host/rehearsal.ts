import type {
  ActiveRoute,
  BalancerDetail,
  BalancerDraft,
  BalancerRow,
  Change,
  Check,
  CheckKind,
  ExchangeRow,
  Finding,
  HistoryView,
  LiveFrame,
  LiveMember,
  LiveState,
  LockHolderView,
  MemberChoice,
  Minute,
  NetworkView,
  Operations,
  PriceView,
  ProfileDetail,
  ProfileDraft,
  ProfileRow,
  ProviderView,
  RetentionDraft,
  SecretsNotice,
  VersionText,
  StarterMemberView,
  StarterOutcome,
  StarterView,
  SharesView,
} from "./generated.ts";
import { HostError, type Host } from "./host.ts";
import { grouped, matching } from "./rehearsal-history.ts";

/** A profile as a rehearsal holds it: its file, and what its member does now. */
export interface Player extends Omit<ProfileDetail, "text" | "fingerprint" | "usedBy"> {
  live: Partial<LiveMember>;
  findings?: Finding[];
}

/** A balancer as a rehearsal holds it. */
export interface Cast {
  name: string;
  policy: string;
  members: { profile: string; weight: number }[];
  sticky?: boolean;
  failback?: string;
  /** The member that it is pinned to. */
  pinned?: string | null;
  findings: Finding[];
  practice: boolean;
}

/** All that a rehearsal knows. Tests change it and call {@link Rehearsal.changed}. */
export interface World {
  /** The engine's clock. */
  now: number;
  active: string | null;
  default: string | null;
  profiles: Player[];
  balancers: Cast[];
  exchanges: ExchangeRow[];
  today: LiveState["today"];
  notice: SecretsNotice | null;
  history: LiveState["history"];
  /** How the load was shared. */
  shares: SharesView[];
  network: NetworkView;
  retention: RetentionDraft;
  prices: PriceView[];
  catalogue: ProviderView[];
  folder: string;
  /** The lock over the profiles. */
  lock?: LockHolderView | null;
  /** Since when nothing can be reached. */
  offline: number | null;
  /** The engine can't be reached. */
  gone: HostError | null;
}

type Call = { [Name in keyof Operations]: readonly [Name, Operations[Name]["input"]] }[keyof Operations];

/** A minute in which nothing happened, thirty times. */
export const quietMinutes = (): Minute[] => Array.from({ length: 30 }, () => ({ ok: 0, failed: 0 }));

/**
 * An engine in memory, for design work and tests: the whole list of operations over a small {@link World}, with nothing
 * behind it. It never runs in the product.
 */
export class Rehearsal implements Host {
  readonly world: World;
  /** What was asked of it, in order. */
  readonly calls: Call[] = [];
  /** What was put on the clipboard; the token by name only. */
  readonly clipboard: string[] = [];
  readonly #watchers = new Set<(frame: LiveFrame) => void>();
  readonly #refusals = new Map<keyof Operations, HostError>();
  readonly #gates = new Map<keyof Operations, Promise<void>>();
  readonly #undos = new Map<string, () => void>();
  /** What profiles were before they were saved, the last first. */
  readonly #earlier = new Map<string, { at: number; player: Player }[]>();

  constructor(world: World) {
    this.world = world;
  }

  /** The next `operation` is refused. */
  refuse(operation: keyof Operations, error: HostError): void {
    this.#refusals.set(operation, error);
  }

  /** `operation` waits until the returned function is called. */
  hold(operation: keyof Operations): () => void {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#gates.set(operation, gate);
    return () => {
      this.#gates.delete(operation);
      release();
    };
  }

  /** Tells those who watch that the world changed. */
  changed(frame: Partial<LiveFrame> = {}): void {
    const whole = { state: this.state(), exchanges: [], profilesChanged: false, ...frame };
    for (const watcher of this.#watchers) watcher(structuredClone(whole));
  }

  /** A request came through. */
  arrived(exchange: ExchangeRow): void {
    this.world.exchanges.unshift(exchange);
    this.world.today.requests += 1;
    this.changed({ exchanges: [exchange] });
  }

  version(): Promise<string> {
    return Promise.resolve("0.1.0");
  }

  copyText(text: string): Promise<void> {
    this.clipboard.push(text);
    return Promise.resolve();
  }

  copyToken(): Promise<void> {
    this.clipboard.push("the gateway's token");
    return Promise.resolve();
  }

  watch(onFrame: (frame: LiveFrame) => void, onLost?: (error: HostError) => void): () => void {
    const { gone } = this.world;
    if (gone) {
      queueMicrotask(() => onLost?.(gone));
      return () => undefined;
    }
    this.#watchers.add(onFrame);
    queueMicrotask(() => {
      if (!this.#watchers.has(onFrame)) return;
      const exchanges = structuredClone(this.world.exchanges).toReversed();
      onFrame({ state: this.state(), exchanges, profilesChanged: false });
    });
    return () => this.#watchers.delete(onFrame);
  }

  async perform<Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]["input"],
  ): Promise<Operations[Name]["output"]> {
    this.calls.push([name, structuredClone(input)] as unknown as Call);
    await this.#gates.get(name);
    if (this.world.gone) throw this.world.gone;
    const refusal = this.#refusals.get(name);
    if (refusal) {
      this.#refusals.delete(name);
      throw refusal;
    }
    return structuredClone(await this.#operations[name](input));
  }

  /** All of Live but the feed. */
  state(): LiveState {
    const { world } = this;
    const active = this.#routes().find((route) => route.name === world.active) ?? null;
    const members = active ? this.#members(active) : [];
    return {
      now: world.now,
      active,
      members,
      ready: members.filter((member) => ["serving", "ready", "unchecked"].includes(member.state)).length,
      routes: this.#routes(),
      today: world.today,
      address: "http://127.0.0.1:4117",
      notice: world.notice,
      offline: world.offline,
      history: world.history,
    };
  }

  #history(): HistoryView {
    const { exchanges, history, retention } = this.world;
    const oldest = exchanges.at(-1)?.time ?? null;
    const path = "~/.local/share/mainstay/history.db";
    return {
      notice: history,
      recording: history === null,
      lost: 0,
      path,
      bytes: 4096,
      exchanges: exchanges.length,
      oldest,
      retention,
    };
  }

  #logins(logins: string[]): NetworkView {
    this.world.network = { ...this.world.network, logins };
    return this.world.network;
  }

  #routes(): ActiveRoute[] {
    return [
      ...this.world.balancers.map(({ name, policy, practice, pinned = null, sticky = false }) => {
        return { name, balancer: true, policy, practice, pinned, sticky };
      }),
      ...this.world.profiles.map(({ name, practice }) => {
        return { name, balancer: false, policy: "failover", practice, pinned: null, sticky: false };
      }),
    ];
  }

  #members(route: ActiveRoute): LiveMember[] {
    const cast = this.world.balancers.find((each) => each.name === route.name);
    const names = cast ? cast.members : [{ profile: route.name, weight: 1 }];
    const total = names.reduce((sum, { weight }) => sum + weight, 0);
    const shared = route.policy !== "failover";
    const members = names.map(({ profile, weight }) => {
      const even = route.policy === "roundrobin" ? 100 / names.length : (100 * weight) / total;
      return this.#member(profile, shared ? even : null);
    });
    const free = members.filter((member) => ["ready", "unchecked"].includes(member.state));
    const pinned = free.filter((member) => member.name === route.pinned);
    for (const member of pinned.length > 0 ? pinned : shared ? free : free.slice(0, 1)) member.state = "serving";
    return members;
  }

  #member(name: string, share: number | null): LiveMember {
    const player = this.world.profiles.find((each) => each.name === name);
    return {
      name,
      provider: player?.provider ?? "",
      model: player?.model ?? "",
      state: player ? "unchecked" : "missing",
      until: null,
      why: player ? null : "there is no profile of this name",
      canTry: false,
      share,
      minutes: quietMinutes(),
      p50: null,
      p95: null,
      served: 0,
      limits: [],
      checked: null,
      practice: player?.practice ?? false,
      fault: null,
      ...structuredClone(player?.live ?? {}),
    };
  }

  #player(name: string): Player {
    const player = this.world.profiles.find((each) => each.name === name);
    if (!player) throw new HostError("no_such_profile", `There is no profile named ${name}.`, "Read the list again.");
    return player;
  }

  #usedBy(name: string): string[] {
    return this.world.balancers
      .filter((cast) => cast.members.some((member) => member.profile === name))
      .map((cast) => cast.name);
  }

  /** Keeps a way back to the world as it is now. */
  #undo(): { token: string } {
    const { profiles, balancers, active } = structuredClone(this.world);
    const token = `undo-${String(this.#undos.size + 1)}`;
    this.#undos.set(token, () => {
      Object.assign(this.world, { profiles, balancers, active });
    });
    return { token };
  }

  #done(): Record<symbol, never> {
    this.changed({ profilesChanged: true });
    return {};
  }

  #detail(player: Player): ProfileDetail {
    const settings = {
      ...(player.contextLimit === null ? {} : { "context-limit": player.contextLimit }),
      ...(player.timeoutMs === null ? {} : { timeout_ms: player.timeoutMs }),
      ...(player.baseUrl === null ? {} : { "base-url": player.baseUrl }),
    };
    const { provider, model, params: modelParams } = player;
    const text = JSON.stringify({ version: 1, provider, model, modelParams, ephemeralSettings: settings }, null, 2);
    const { name, params, contextLimit, baseUrl, timeoutMs, dailyRequests, dailyUsd, credential, practice } = player;
    const file = { name, provider, model, params, contextLimit, baseUrl, timeoutMs, dailyRequests, dailyUsd };
    const rest = { credential, practice, testCost: player.testCost };
    return { ...file, ...rest, usedBy: this.#usedBy(player.name), text, fingerprint: fingerprint(text) };
  }

  #row(player: Player): ProfileRow {
    const member = this.#member(player.name, null);
    return {
      name: player.name,
      provider: player.provider,
      model: player.model,
      state: member.state === "serving" ? "ready" : member.state,
      until: member.until,
      checked: member.checked,
      credential: player.credential,
      usedBy: this.#usedBy(player.name),
      active: this.world.active === player.name,
      default: this.world.default === player.name,
      practice: player.practice,
      findings: player.findings ?? [],
    };
  }

  #balancerRow(cast: Cast): BalancerRow {
    const { name, policy, findings, practice } = cast;
    const { active, default: chosen } = this.world;
    return {
      name,
      policy,
      members: cast.members.length,
      active: name === active,
      default: name === chosen,
      practice,
      findings,
    };
  }

  #balancer(name: string): BalancerDetail {
    const cast = this.world.balancers.find((each) => each.name === name);
    if (!cast) throw new HostError("no_such_profile", `There is no balancer named ${name}.`, "Read the list again.");
    const taken = new Set(cast.members.map((member) => member.profile));
    const text = JSON.stringify(
      { version: 1, type: "loadbalancer", policy: cast.policy, profiles: cast.members },
      null,
      2,
    );
    return {
      ...this.#balancerRow(cast),
      members: cast.members,
      sticky: cast.sticky ?? false,
      failback: cast.failback ?? "conversation",
      candidates: this.world.profiles
        .filter((player) => !taken.has(player.name) && player.practice === cast.practice)
        .map((player) => player.name),
      text,
      fingerprint: fingerprint(text),
    };
  }

  #save(draft: ProfileDraft): { token: string } {
    const known = this.world.profiles.find((each) => each.name === draft.name);
    if (known && draft.fingerprint === null) {
      throw new HostError("profile_exists", `There is a profile named ${draft.name} already.`, "Choose another name.");
    }
    if (known && this.#detail(known).fingerprint !== draft.fingerprint) {
      throw new HostError("profile_changed", "The file changed on disk meanwhile.", "Reload it, or overwrite it.");
    }
    const undo = this.#undo();
    const { name, provider, model, params, contextLimit, baseUrl, timeoutMs, dailyRequests, dailyUsd } = draft;
    const file = { name, provider, model, params, contextLimit, baseUrl, timeoutMs, dailyRequests, dailyUsd };
    if (known) {
      const kept = this.#earlier.get(name) ?? [];
      this.#earlier.set(name, [{ at: this.world.now, player: structuredClone(known) }, ...kept]);
      Object.assign(known, file);
    } else {
      const testCost = { included: false, tokens: 84, usd: null };
      const live = { state: "needs-credential" } as const;
      this.world.profiles.push({ ...file, practice: false, testCost, live, credential: noKey });
    }
    this.#done();
    return undo;
  }

  #change(draft: BalancerDraft, create: boolean): { token: string } {
    const undo = this.#undo();
    const known = this.world.balancers.find((each) => each.name === draft.name);
    if (create && known) {
      throw new HostError("profile_exists", `There is a profile named ${draft.name} already.`, "Choose another name.");
    }
    const { sticky, failback, ...rest } = structuredClone(draft);
    const placed = { ...rest, ...(sticky === null ? {} : { sticky }), ...(failback === null ? {} : { failback }) };
    if (known) Object.assign(known, placed);
    else this.world.balancers.push({ ...placed, findings: [], practice: false });
    this.#done();
    return undo;
  }

  #delete(name: string, fromLists: boolean): { token: string } {
    const users = this.#usedBy(name);
    if (users.length > 0 && !fromLists) {
      throw new HostError("profile_in_use", `${users.join(" and ")} list it.`, "Remove it there first.");
    }
    const undo = this.#undo();
    const { world } = this;
    world.profiles = world.profiles.filter((each) => each.name !== name);
    world.balancers = world.balancers.filter((each) => each.name !== name);
    for (const cast of world.balancers) cast.members = cast.members.filter((member) => member.profile !== name);
    if (world.active === name) world.active = null;
    this.#done();
    return undo;
  }

  #free(name: string): void {
    if ([...this.world.profiles, ...this.world.balancers].some((each) => each.name === name)) {
      throw new HostError("profile_exists", `There is already a profile ${name}.`, "Choose another name.");
    }
  }

  #rename(from: string, to: string): { token: string } {
    this.#free(to);
    const undo = this.#undo();
    const { world } = this;
    for (const each of [...world.profiles, ...world.balancers]) if (each.name === from) each.name = to;
    for (const cast of world.balancers) {
      for (const member of cast.members) if (member.profile === from) member.profile = to;
    }
    if (world.active === from) world.active = to;
    if (world.default === from) world.default = to;
    this.#done();
    return undo;
  }

  #duplicate(from: string, to: string): { token: string } {
    this.#free(to);
    const undo = this.#undo();
    const cast = this.world.balancers.find((each) => each.name === from);
    if (cast) this.world.balancers.push({ ...structuredClone(cast), name: to });
    else {
      const live = { state: "needs-credential" } as const;
      this.world.profiles.push({ ...structuredClone(this.#player(from)), name: to, credential: noKey, live });
    }
    this.#done();
    return undo;
  }

  #version(name: string, id: string): Player {
    const found = this.#earlier.get(name)?.[Number(id)];
    if (!found) throw new HostError("no_such_version", "That version is no longer kept.", "Choose another.");
    return found.player;
  }

  #lookAt(name: string, id: string): VersionText {
    return { id, text: this.#detail(this.#version(name, id)).text, now: this.#detail(this.#player(name)).text };
  }

  #restore(name: string, id: string): { token: string } {
    const version = this.#version(name, id);
    const undo = this.#undo();
    Object.assign(this.#player(name), structuredClone(version));
    this.#done();
    return undo;
  }

  /** Whatever was found is put right. */
  #fix(name: string, code: string): { token: string } {
    const undo = this.#undo();
    for (const each of [...this.world.profiles, ...this.world.balancers]) {
      if (each.name === name) each.findings = (each.findings ?? []).filter((finding) => finding.code !== code);
    }
    this.#done();
    return undo;
  }

  #key(name: string, key: string | null) {
    const player = this.#player(name);
    player.credential =
      key === null
        ? noKey
        : { usable: true, source: "key kept by Mainstay", problem: null, lastFour: key.slice(-4), ownKey: true };
    player.live = key === null ? { state: "needs-credential" } : { state: "unchecked" };
    this.#done();
    return player.credential;
  }

  /** Free of charge, and passed by whoever has a key. */
  #check(name: string, what: CheckKind): Check {
    const player = this.#player(name);
    if (!player.credential.usable) {
      throw new HostError("no_such_member", `${name} can’t be tried.`, "Give it a key or login first.");
    }
    const message = what === "key" ? "the key is accepted" : "the address answers";
    const check = { what, ok: true, at: this.world.now, message };
    player.live = { ...player.live, checked: check };
    if ((player.live.state ?? "unchecked") === "unchecked") player.live.state = "ready";
    this.#done();
    return check;
  }

  #fault(name: string, fault: string | null) {
    const player = this.#player(name);
    if (fault === null) player.live = { state: "unchecked", fault };
    else {
      const until = this.world.now + 60_000;
      const why = fault === "rate-limit" ? "429, hit its rate limit" : "it failed";
      player.live = { state: "cooling", until, why, canTry: true, fault };
    }
    return this.#done();
  }

  #pin(route: string, member: string | null) {
    const cast = this.world.balancers.find((each) => each.name === route);
    if (!cast)
      throw new HostError("no_such_balancer", `There is no load balancer ${route}.`, "Choose one of the list.");
    cast.pinned = member;
    return this.#done();
  }

  /** The one starter of a rehearsal: the recipe's first. */
  #starter(): StarterView {
    const member = (name: string, provider: string, model: string): StarterMemberView => {
      const player = this.world.profiles.find((each) => each.name === name);
      const state = player ? "same" : "missing";
      return { name, weight: 1, provider, model, state, details: [], credential: player?.credential ?? null };
    };
    return {
      id: "reliability",
      title: "Reliability first",
      summary: "Uses providers in order, and the next one only when the one before fails.",
      balancer: "ha-failover",
      policy: "failover",
      exists: this.world.balancers.some((cast) => cast.name === "ha-failover"),
      members: [
        member("anthropic-primary", "anthropic", "claude-sonnet-4-5-20250929"),
        member("openai-backup", "openai", "gpt-5.2"),
        member("gemini-fallback", "gemini", "gemini-2.5-flash"),
      ],
    };
  }

  #applyStarter(choices: MemberChoice[], dryRun: boolean): StarterOutcome {
    const starter = this.#starter();
    const action = (name: string) => choices.find((choice) => choice.name === name)?.action ?? "use";
    const members = starter.members.filter(({ name }) => action(name) !== "leave");
    const unsettled = members.find(({ name, state }) => state === "missing" && action(name) !== "create");
    if (unsettled) {
      throw new HostError("starter_unsettled", `${unsettled.name} is missing.`, "Create it, or leave it out.");
    }
    if (members.length < 2) {
      throw new HostError("starter_empty", `${starter.title} needs at least 2 members.`, "Leave fewer of them out.");
    }
    const made = members.filter(({ state }) => state === "missing");
    const create = (name: string): Change => ({ line: 0, kind: "create", name, details: [] });
    const changes = [...made.map(({ name }) => name), starter.balancer].map(create);
    const undo = dryRun ? null : this.#undo();
    if (!dryRun) {
      for (const { name, provider, model } of made) {
        const limits = { contextLimit: 200_000, baseUrl: null, timeoutMs: null, dailyRequests: null, dailyUsd: null };
        this.#save({ name, fingerprint: null, provider, model, params: { max_tokens: 8192 }, ...limits });
      }
      const listed = members.map(({ name }) => ({ profile: name, weight: 1 }));
      this.world.balancers = this.world.balancers.filter((cast) => cast.name !== starter.balancer);
      this.world.balancers.push({
        name: starter.balancer,
        policy: "failover",
        members: listed,
        findings: [],
        practice: false,
      });
      this.#done();
    }
    const needsKey = members.filter(({ credential }) => !credential?.usable).map(({ name }) => name);
    return { balancer: starter.balancer, members: members.map(({ name }) => name), changes, needsKey, undo };
  }

  readonly #operations: {
    [Name in keyof Operations]: (
      input: Operations[Name]["input"],
    ) => Operations[Name]["output"] | Promise<Operations[Name]["output"]>;
  } = {
    live: () => this.state(),
    exchanges: ({ limit, after, ...filter }) => {
      const found = matching(this.world.exchanges, filter);
      // Only exchanges older than the last of the page before, as the engine's keyset has it.
      const begin = after === undefined ? 0 : found.findIndex((each) => each.id === after) + 1;
      const rows = found.slice(begin, begin + limit);
      return { rows, next: begin + limit < found.length ? (rows.at(-1)?.id ?? null) : null };
    },
    exchange: ({ id }) => {
      const found = this.world.exchanges.find((each) => each.id === id);
      if (!found) throw new HostError("no_such_exchange", "There is no such exchange.", "It is no longer kept.");
      return found;
    },
    statistics: ({ by, ...filter }) => {
      const found = matching(this.world.exchanges, filter);
      return { groups: grouped(found, by), shares: found.length > 0 ? this.world.shares : [] };
    },
    // Nothing is written in a rehearsal.
    export_history: ({ format, ...filter }) => ({
      path: `~/.local/share/mainstay/exports/history-2026-11-25-140318.${format}`,
      exchanges: matching(this.world.exchanges, filter).length,
    }),
    history: () => this.#history(),
    set_retention: (retention) => {
      this.world.retention = retention;
      return this.#history();
    },
    delete_history: () => {
      this.world.exchanges = [];
      return this.#history();
    },
    prices: () => this.world.prices,
    set_price: ({ provider, model, price }) => {
      const row = this.world.prices.find((each) => each.provider === provider && each.model === model);
      if (row) row.own = price;
      return this.world.prices;
    },
    profiles: () => ({
      folder: this.world.folder,
      profiles: this.world.profiles.map((player) => this.#row(player)),
      balancers: this.world.balancers.map((cast) => this.#balancerRow(cast)),
      broken: [],
    }),
    profile: ({ name }) => this.#detail(this.#player(name)),
    save_profile: (draft) => this.#save(draft),
    delete_profile: ({ name, fromLists }) => this.#delete(name, fromLists),
    rename_profile: ({ from, to }) => this.#rename(from, to),
    duplicate_profile: ({ from, to }) => this.#duplicate(from, to),
    versions: ({ name }) =>
      (this.#earlier.get(name) ?? []).map(({ at }, index) => ({ id: String(index), replacedAt: at })),
    version: ({ name, id }) => this.#lookAt(name, id),
    restore_version: ({ name, id }) => this.#restore(name, id),
    apply_fix: ({ profile, code }) => this.#fix(profile, code),
    profiles_lock: () => ({ holder: this.world.lock ?? null }),
    remove_lock: ({ seen }) => {
      if (this.world.lock && this.world.lock.seen !== seen) {
        throw new HostError("lock_changed", "The profiles are locked by another by now.", "Look again.");
      }
      this.world.lock = null;
      return {};
    },
    undo: ({ token }) => {
      this.#undos.get(token)?.();
      return this.#done();
    },
    test_profile: ({ name }) => {
      const balancer = this.world.balancers.find((each) => each.name === name);
      const { model, credential } = this.#player(balancer?.members[0]?.profile ?? name);
      return credential.usable
        ? { ok: true, tookMs: 640, answer: "pong", model, message: null, hint: null }
        : {
            ok: false,
            tookMs: 0,
            answer: null,
            model: null,
            message: "There is no key for it.",
            hint: "Give it a key, then test again.",
          };
    },
    set_key: ({ profile, key }) => this.#key(profile, key),
    delete_key: ({ name }) => this.#key(name, null),
    confirm_origin: ({ name }) => {
      const player = this.#player(name);
      player.credential = { ...player.credential, usable: true, problem: null };
      player.live = { state: "unchecked" };
      this.#done();
      return player.credential;
    },
    catalogue: () => this.world.catalogue,
    add_provider: ({ name, title, dialect, baseUrl, needsKey, variables, models }) => {
      const facts = { strengths: null, considerations: null, costClass: null, fetched: [], fetchedAt: null };
      const own = {
        name,
        title: title ?? name,
        dialect,
        baseUrl,
        needsKey,
        variables,
        models,
        loginOnly: false,
        own: true,
      };
      this.world.catalogue = [...this.world.catalogue.filter((each) => each.name !== name), { ...facts, ...own }];
      return this.world.catalogue;
    },
    remove_provider: ({ name }) => {
      this.world.catalogue = this.world.catalogue.filter((each) => each.name !== name || !each.own);
      return this.world.catalogue;
    },
    fetch_models: ({ name }) => {
      const { provider } = this.#player(name);
      const entry = this.world.catalogue.find((each) => each.name === provider);
      const models = entry?.models ?? [];
      if (entry) Object.assign(entry, { fetched: models, fetchedAt: this.world.now });
      return { provider, at: this.world.now, models };
    },
    starters: () => [this.#starter()],
    apply_starter: ({ members, dryRun }) => this.#applyStarter(members, dryRun),
    // A rehearsal has no files to write or read.
    export_archive: () => ({ path: "profiles.zip", profiles: this.world.profiles.length, leftOut: [] }),
    preview_import: () => ({ fingerprint: "none", files: [], preferences: [], leftOut: [] }),
    import_archive: () => ({ changes: [], preferences: [], problems: [], undo: null }),
    find_keys: () => [],
    import_keys: ({ keys }) => keys.map((key) => ({ ...key, lastFour: null })),
    balancer: ({ name }) => this.#balancer(name),
    create_balancer: (draft) => this.#change(draft, true),
    change_balancer: (draft) => this.#change(draft, false),
    use_now: ({ name }) => {
      this.world.active = name;
      return this.#done();
    },
    set_default: ({ name }) => {
      this.world.default = name;
      return this.#done();
    },
    try_now: ({ member }) => {
      this.#player(member).live = { state: "unchecked" };
      return this.#check(member, "key");
    },
    // Commands are the engine's; here they only echo.
    console: ({ text }) => {
      const lines = text.split("\n").map((command, at) => ({ line: at + 1, command, output: "" }));
      return { ran: lines, changes: [], failed_line: null, problem: null };
    },
    complete: () => [],
    pin: ({ route, member }) => this.#pin(route, member),
    unpin: ({ route }) => this.#pin(route, null),
    check_member: ({ member, what }) => this.#check(member, what),
    practice_fault: ({ member, fault }) => this.#fault(member, fault),
    network: () => this.world.network,
    set_network: ({ proxy, noProxy, caFile }) => {
      const found = proxy === "system" || proxy === "none" ? null : { address: proxy, from: "settings" };
      this.world.network = { ...this.world.network, proxy, noProxy, caFile, https: found, http: found };
      return this.world.network;
    },
    set_proxy_login: ({ proxy }) =>
      this.#logins([...this.world.network.logins.filter((each) => each !== proxy), proxy]),
    delete_proxy_login: ({ proxy }) => this.#logins(this.world.network.logins.filter((each) => each !== proxy)),
  };
}

const noKey = { usable: false, source: "no key yet", problem: "needs_credential", lastFour: null, ownKey: false };

/** Changes when the text does; good enough for a rehearsal. */
function fingerprint(text: string): string {
  let sum = 7;
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 2_147_483_647;
  return sum.toString(16);
}
