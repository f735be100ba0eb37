import type { AccountView, AccountsView, LoginInput, LoginWait, ProviderAccounts, SecretsPlace } from "./generated.ts";
import { HostError } from "./host.ts";

const NOW = Date.UTC(2026, 10, 25, 14, 3);

/** An account as the rehearsal has it, changed by `part`. */
export const account = (name: string, part: Partial<AccountView> = {}): AccountView => ({
  account: name,
  state: "ready",
  who: "me@home.example",
  scopes: ["user:profile", "user:inference"],
  loggedInAt: NOW - 5 * 86_400_000,
  expiresAt: NOW + 3_600_000,
  refreshedAt: NOW - 600_000,
  refreshable: true,
  trouble: null,
  unstored: false,
  usedBy: [],
  ...part,
});

const flow = { flow: "authorization-code", token_url: "https://login.example/token" };

/** Keys and logins that exist only here. */
export class RehearsedAccounts {
  readonly providers: ProviderAccounts[] = [
    {
      provider: "anthropic",
      title: "Claude (Anthropic)",
      takesKey: true,
      keyUrl: "https://console.anthropic.com/settings/keys",
      keys: [{ profile: "anthropic-primary", lastFour: "wxyz" }],
      login: {
        enabled: true,
        accountsOf: "anthropic",
        methods: ["browser", "paste"],
        notice: "Anthropic’s terms restrict subscription logins to its own apps, and it may refuse this one.",
        mustAccept: true,
        needsClient: false,
        givesKey: false,
        accounts: [
          account("default", { usedBy: ["claude-subscription"] }),
          account("work", {
            state: "ended",
            who: "me@work.example",
            trouble: {
              code: "login_ended",
              message: "The provider no longer accepts this login.",
              hint: "Log in again.",
            },
          }),
        ],
        waiting: [],
        settings: {
          clientId: "a-public-client",
          clientSecret: false,
          wantsProject: false,
          project: null,
          flow: JSON.stringify(flow, null, 2),
          own: null,
          problem: null,
        },
      },
      profiles: ["anthropic-primary", "claude-subscription"],
    },
    {
      provider: "openai",
      title: "OpenAI",
      takesKey: true,
      keyUrl: null,
      keys: [{ profile: null, lastFour: "4321" }],
      login: null,
      profiles: ["openai-backup"],
    },
    {
      provider: "qwen",
      title: "Qwen",
      takesKey: true,
      keyUrl: null,
      keys: [],
      login: {
        enabled: false,
        accountsOf: "qwen",
        methods: ["device"],
        notice: "Qwen ended its free login on 2026-04-15: use a DashScope key.",
        mustAccept: false,
        needsClient: false,
        givesKey: false,
        accounts: [],
        waiting: [],
        settings: {
          clientId: "a-public-client",
          clientSecret: false,
          wantsProject: false,
          project: null,
          flow: JSON.stringify({ ...flow, flow: "device-code" }, null, 2),
          own: null,
          problem: null,
        },
      },
      profiles: [],
    },
  ];
  secrets: AccountsView["secrets"] = { kind: "keyring", ready: true, canMove: false, notice: null };
  readonly #waits = new Map<string, LoginWait>();
  #news: (() => void)[] = [];

  view(): AccountsView {
    return structuredClone({ secrets: this.secrets, providers: this.providers });
  }

  keepSecrets(place: SecretsPlace): AccountsView {
    if (!this.secrets.canMove) throw new HostError("secrets_kept", "They are kept already.", "Start again.");
    const kind = place === "this-run" ? "memory" : place;
    this.secrets = { kind, ready: true, canMove: kind === "memory", notice: null };
    return this.view();
  }

  setKey(provider: string, key: string | null): AccountsView {
    const of = this.#provider(provider);
    of.keys = of.keys.filter(({ profile }) => profile !== null);
    if (key !== null) of.keys.unshift({ profile: null, lastFour: key.slice(-4) });
    return this.view();
  }

  start({ provider, account: name = "default", method, acceptNotice = false }: LoginInput): LoginWait {
    const login = this.#login(provider);
    if (login.mustAccept && !acceptNotice) throw new HostError("login_notice", login.notice ?? "", "Accept it.");
    login.mustAccept = false;
    const how = method ?? login.methods[0] ?? "browser";
    const byDevice = how === "device";
    const wait: LoginWait = {
      id: `login-${String(this.#waits.size + 1)}`,
      provider,
      account: name,
      method: how,
      step: "waiting",
      version: 1,
      address: byDevice ? "https://login.example/enter" : "https://login.example/authorize?client=mainstay",
      page: byDevice ? "https://login.example/enter" : null,
      code: byDevice ? "ABCD-EFGH" : null,
      until: Date.now() + 300_000,
      canPaste: !byDevice,
      problem: null,
    };
    this.#waits.set(wait.id, wait);
    return { ...wait };
  }

  /** As the engine does: the answer waits for news. */
  async follow(id: string, seen: number | undefined): Promise<LoginWait> {
    const wait = this.#wait(id);
    if (seen === wait.version && wait.step === "waiting") {
      await new Promise<void>((resolve) => this.#news.push(resolve));
    }
    return { ...this.#wait(id) };
  }

  /** The browser came back, or the login ended otherwise. */
  end(id: string, part: Partial<LoginWait> = { step: "done" }): LoginWait {
    const wait = this.#wait(id);
    Object.assign(wait, part, { version: wait.version + 1 });
    if (wait.step === "done") {
      const login = this.#login(wait.provider);
      login.accounts = [...login.accounts.filter((each) => each.account !== wait.account), account(wait.account)];
      login.enabled = true;
    }
    for (const tell of this.#news.splice(0)) tell();
    return { ...wait };
  }

  enable(provider: string, enabled: boolean): AccountsView {
    this.#login(provider).enabled = enabled;
    return this.view();
  }

  logOut(provider: string, name: string): AccountsView {
    const login = this.#login(provider);
    login.accounts = login.accounts.filter((each) => each.account !== name);
    return this.view();
  }

  set(provider: string, own: string | undefined, secret: boolean): AccountsView {
    const { settings } = this.#login(provider);
    settings.own = own === undefined || own === "" ? null : own;
    settings.clientSecret ||= secret;
    return this.view();
  }

  #provider(name: string): ProviderAccounts {
    const of = this.providers.find(({ provider }) => provider === name);
    if (!of) throw new HostError("no_such_provider", `There is no provider called ${name}.`, "Choose another.");
    return of;
  }

  #login(name: string) {
    const { login } = this.#provider(name);
    if (!login) throw new HostError("login_misconfigured", `${name} has no login.`, "Use a key.");
    return login;
  }

  #wait(id: string): LoginWait {
    const wait = this.#waits.get(id);
    if (!wait) throw new HostError("no_such_login", "This login is over.", "Begin a new one.");
    return wait;
  }
}
