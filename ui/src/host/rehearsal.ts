import type {
  Check,
  CheckKind,
  ConsoleInput,
  ConsoleOutput,
  ExchangeRow,
  HistoryView,
  LiveFrame,
  LiveState,
  NetworkView,
  Operations,
  StarterInput,
  StarterOutcome,
} from "./generated.ts";
import { RehearsedShell } from "./rehearsal-shell.ts";
import { HostError, type Host, type StartChoice } from "./host.ts";
import { RehearsedAccounts } from "./rehearsal-accounts.ts";
import { addProvider, fetchModels, removeProvider } from "./rehearsal-catalogue.ts";
import { RehearsedDoor } from "./rehearsal-door.ts";
import { completions, emptyDraft, runConsole, type Draft } from "./rehearsal-console.ts";
import { foresee } from "./rehearsal-foresight.ts";
import { grouped, matching } from "./rehearsal-history.ts";
import { liveState, membersOf, routes } from "./rehearsal-live.ts";
import { RehearsedOwn } from "./rehearsal-own.ts";
import { RehearsedFiles } from "./rehearsal-profiles.ts";
import { applyStarter, starterViews } from "./rehearsal-starters.ts";
import { filled, meaning } from "./rehearsal-texts.ts";
import { exportArchive, findKeys, importArchive, importKeys, previewImport } from "./rehearsal-transfer.ts";
import { newPlayer, type World } from "./rehearsal-world.ts";

type Call = { [Name in keyof Operations]: readonly [Name, Operations[Name]["input"]] }[keyof Operations];

/**
 * An engine in memory, for design work and tests: the whole list of operations over a small {@link World}, with nothing
 * behind it. It never runs in the product.
 */
export class Rehearsal implements Host {
  readonly world: World;
  /** What was asked of it, in order. */
  readonly calls: Call[] = [];
  /** What the system's browser was asked to open. */
  readonly openedAddresses: string[] = [];
  readonly accounts = new RehearsedAccounts();
  readonly door = new RehearsedDoor();
  readonly files: RehearsedFiles;
  readonly own: RehearsedOwn;
  /** What was put on the clipboard; the token by name only. */
  readonly clipboard: string[] = [];
  readonly #watchers = new Set<(frame: LiveFrame) => void>();
  readonly #refusals = new Map<keyof Operations, HostError>();
  readonly #gates = new Map<keyof Operations, Promise<void>>();
  /** What the commands have collected. */
  readonly #draft: Draft = emptyDraft();

  constructor(world: World) {
    this.world = world;
    this.own = new RehearsedOwn(world);
    this.files = new RehearsedFiles(world, () => {
      this.#done();
    });
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

  openAddress(address: string): Promise<void> {
    this.openedAddresses.push(address);
    return Promise.resolve();
  }

  copyToken(text = "{token}"): Promise<void> {
    this.clipboard.push(text.replaceAll("{token}", "the gateway's token"));
    return Promise.resolve();
  }

  readonly shell = new RehearsedShell();

  /** What the engine was asked to start with. */
  readonly starts: StartChoice[] = [];

  startAgain(choice: StartChoice): Promise<void> {
    this.starts.push(choice);
    this.world.gone = null;
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
    return liveState(this.world);
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

  #done(): Record<symbol, never> {
    this.changed({ profilesChanged: true });
    return {};
  }

  /** Free of charge, and passed by whoever has a key. */
  #check(name: string, what: CheckKind): Check {
    const player = this.files.player(name);
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
    const player = this.files.player(name);
    if (fault === null) player.live = { state: "unchecked", fault };
    else {
      const until = this.world.now + 60_000;
      const why = fault === "rate-limit" ? "429, hit its rate limit" : "it failed";
      player.live = { state: "cooling", until, why, canTry: true, fault };
    }
    return this.#done();
  }

  #takeOut(name: string, seconds: number) {
    const player = this.files.player(name);
    const until = this.world.now + seconds * 1000;
    player.live = {
      ...player.live,
      state: "taken-out",
      until,
      why: "taken out by you for a minute",
      canTry: true,
    };
    return this.#done();
  }

  #pin(route: string, member: string | null) {
    const cast = this.world.balancers.find((each) => each.name === route);
    if (!cast)
      throw new HostError("no_such_balancer", `There is no load balancer ${route}.`, "Choose one of the list.");
    cast.pinned = member;
    return this.#done();
  }

  #applyStarter(input: StarterInput): StarterOutcome {
    const tried = structuredClone(this.world);
    const outcome = applyStarter(tried, this.accounts.providers, input);
    if (input.dryRun) return { ...outcome, undo: null };
    const undo = this.files.undo();
    Object.assign(this.world, { profiles: tried.profiles, balancers: tried.balancers });
    this.#done();
    return { ...outcome, undo: outcome.changes.length + input.keys.length > 0 ? undo : null };
  }

  #console(input: ConsoleInput): ConsoleOutput {
    if (input.dryRun) return runConsole(structuredClone(this.world), structuredClone(this.#draft), input);
    const undo = this.files.undo();
    const output = runConsole(this.world, this.#draft, input);
    this.#done();
    const wrote = output.changes.some(({ kind }) => kind === "create" || kind === "replace");
    return { ...output, undo: wrote ? undo : null };
  }

  readonly #operations: {
    [Name in keyof Operations]: (
      input: Operations[Name]["input"],
    ) => Operations[Name]["output"] | Promise<Operations[Name]["output"]>;
  } = {
    live: () => this.state(),
    accounts: () => {
      const view = this.accounts.view();
      return { ...view, secrets: { ...view.secrets, notice: this.world.notice } };
    },
    keep_secrets: ({ place }) => {
      const view = this.accounts.keepSecrets(place);
      this.world.notice = null;
      this.changed();
      return view;
    },
    set_provider_key: ({ provider, key }) => this.accounts.setKey(provider, key),
    delete_provider_key: ({ name }) => this.accounts.setKey(name, null),
    start_login: (input) => this.accounts.start(input),
    login: ({ id, seen }) => this.accounts.follow(id, seen),
    paste_login_code: ({ id }) => this.accounts.end(id),
    cancel_login: ({ id }) => this.accounts.end(id, { step: "cancelled" }),
    enable_login: ({ provider, enabled }) => this.accounts.enable(provider, enabled),
    refresh_login: () => this.accounts.view(),
    log_out: ({ provider, account }) => this.accounts.logOut(provider, account),
    set_login_settings: ({ provider, own, clientSecret }) =>
      this.accounts.set(provider, own, clientSecret !== undefined),
    exchanges: ({ limit, after, skip, ...filter }) => {
      const found = matching(this.world.exchanges, filter);
      // Only exchanges older than the last of the page before, as the engine's keyset has it.
      const begin = skip ?? (after === undefined ? 0 : found.findIndex((each) => each.id === after) + 1);
      const rows = found.slice(begin, begin + limit);
      if (skip !== undefined) return { rows, next: null, total: found.length };
      return { rows, next: begin + limit < found.length ? (rows.at(-1)?.id ?? null) : null, total: null };
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
      profiles: this.world.profiles.map((player) => this.files.row(player)),
      balancers: this.world.balancers.map((cast) => this.files.balancerRow(cast)),
      broken: (this.world.broken ?? []).map(({ name, text }) => {
        const { line = 0, column = 0, reason = "" } = meaning(text).fault ?? {};
        return { name, line, column, reason };
      }),
    }),
    profile: ({ name }) => this.files.detail(this.files.player(name)),
    profile_text: ({ name }) => this.files.text(name),
    read_profile_text: ({ text }) => meaning(text),
    fill_profile_text: ({ text, form }) => ({ text: filled(text, form) }),
    save_profile_text: (input) => this.files.saveText(input),
    save_profile: (draft) => this.files.save(draft),
    delete_profile: ({ name, fromLists }) => this.files.delete(name, fromLists),
    rename_profile: ({ from, to }) => this.files.rename(from, to),
    duplicate_profile: ({ from, to }) => this.files.duplicate(from, to),
    versions: ({ name }) => this.files.versions(name),
    version: ({ name, id }) => this.files.lookAt(name, id),
    restore_version: ({ name, id }) => this.files.restore(name, id),
    apply_fix: ({ profile, code }) => this.files.fix(profile, code),
    profiles_lock: () => ({ holder: this.world.lock ?? null }),
    remove_lock: ({ seen }) => {
      if (this.world.lock && this.world.lock.seen !== seen) {
        throw new HostError("lock_changed", "The profiles are locked by another by now.", "Look again.");
      }
      this.world.lock = null;
      return {};
    },
    undo: ({ token }) => {
      this.files.takeBack(token);
      return {};
    },
    test_profile: ({ name }) => {
      const balancer = this.world.balancers.find((each) => each.name === name);
      const { model, credential } = this.files.player(balancer?.members[0]?.profile ?? name);
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
    set_key: ({ profile, key }) => this.files.key(profile, key),
    delete_key: ({ name }) => this.files.key(name, null),
    confirm_origin: ({ name }) => {
      const player = this.files.player(name);
      player.credential = { ...player.credential, usable: true, problem: null };
      player.live = { state: "unchecked" };
      this.#done();
      return player.credential;
    },
    catalogue: () => this.world.catalogue,
    add_provider: (draft) => addProvider(this.world, draft),
    remove_provider: ({ name }) => removeProvider(this.world, name),
    fetch_models: ({ name }) => fetchModels(this.world, this.files.player(name)),
    starters: () => starterViews(this.world),
    apply_starter: (input) => this.#applyStarter(input),
    export_archive: () => exportArchive(this.world),
    preview_import: ({ path }) => previewImport(this.world, path),
    import_archive: (input) => {
      const undo = this.files.undo();
      const outcome = importArchive(this.world, input, newPlayer);
      this.#done();
      return { ...outcome, undo: outcome.changes.length > 0 ? undo : null };
    },
    find_keys: (input) => findKeys(this.world, input),
    import_keys: (input) => {
      const kept = importKeys(this.world, input);
      this.#done();
      return kept;
    },
    balancer: ({ name }) => this.files.balancer(name),
    create_balancer: (draft) => this.files.change(draft, true),
    change_balancer: (draft) => this.files.change(draft, false),
    use_now: ({ name }) => {
      this.world.active = name;
      return this.#done();
    },
    set_default: ({ name }) => {
      this.world.default = name;
      return this.#done();
    },
    try_now: ({ member }) => {
      this.files.player(member).live = { state: "unchecked" };
      return this.#check(member, "key");
    },
    what_would_happen: (input) => {
      const route = routes(this.world).find((each) => each.name === input.route);
      return foresee(route ? membersOf(this.world, route) : [], input);
    },
    take_out: ({ member, seconds }) => this.#takeOut(member, seconds),
    console: (input) => this.#console(input),
    complete: ({ line }) => completions(line, this.world),
    pin: ({ route, member }) => this.#pin(route, member),
    unpin: ({ route }) => this.#pin(route, null),
    check_member: ({ member, what }) => this.#check(member, what),
    practice_fault: ({ member, fault }) => this.#fault(member, fault),
    door: () => this.door.view(),
    make_token: ({ name }) => this.door.make(name, this.world.now),
    revoke_token: ({ name }) => this.door.revoke(name, this.world.now),
    set_door_lists: ({ hosts, origins }) => this.door.setLists(hosts, origins),
    logs: (input) => this.own.logs(input),
    diagnostics: () => this.own.diagnostics(),
    gateway: () => this.own.gateway(),
    set_port: (input) => this.own.setPort(input),
    own_data: () => this.own.data(),
    remove_own_data: (input) => this.own.remove(input),
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
