import type { GatewayView, LogLine, LogsInput, LogsView, OwnDataView, PortInput, RemoveInput } from "./generated.ts";
import { HostError } from "./host.ts";
import type { World } from "./rehearsal-world.ts";

const folder = "~/.local/share/mainstay";
const levels = ["error", "warn", "info", "debug", "trace"];

/** Mainstay itself, as it exists only here. */
export class RehearsedOwn {
  readonly #world: World;
  /** What the log says. */
  readonly lines: LogLine[];
  #port = 4117;
  #removing = false;

  constructor(world: World) {
    this.#world = world;
    const said = (ago: number, level: string, text: string) => ({ at: world.now - ago, level, text });
    this.lines = [
      said(90_000, "info", "mainstay_gateway::server: listening address=127.0.0.1:4117"),
      said(42_000, "warn", "mainstay_engine::watcher: a member is out member=anthropic-primary until=0:42"),
      said(8000, "debug", "mainstay_gateway::attempt: called member=openai-backup status=200"),
      said(2000, "error", "mainstay_history::writer: the disk is full"),
    ];
  }

  logs({ level, text, limit }: LogsInput): LogsView {
    const wanted = (line: LogLine) =>
      levels.indexOf(line.level) <= levels.indexOf(level) &&
      line.text.toLowerCase().includes((text ?? "").trim().toLowerCase());
    return { folder: `${folder}/logs`, bytes: 48_213, lines: this.lines.filter(wanted).slice(-limit) };
  }

  diagnostics(): { text: string } {
    const profiles = this.#world.profiles.map(({ name, live }) => `  ${name}: ${live.state ?? "unchecked"}`);
    return { text: ["Mainstay 0.1.0", `Active: ${this.#world.active ?? "none"}`, ...profiles].join("\n") };
  }

  gateway(): GatewayView {
    const next = this.#port === 4117 ? null : this.#port;
    return { address: "http://127.0.0.1:4117", port: 4117, usual: 4117, next };
  }

  setPort({ port }: PortInput): GatewayView {
    if (port === 5173) {
      throw new HostError(
        "port_in_use",
        "Port 5173 is in use by node (process 4711).",
        "Choose another: 5174 is free.",
      );
    }
    this.#port = port;
    return this.gateway();
  }

  data(): OwnDataView {
    const item = (what: string, file: string, bytes: number) => ({ what, path: `${folder}/${file}`, bytes });
    const tools = [...new Set(this.#world.exchanges.flatMap(({ tool }) => tool ?? []))];
    const sent = (name: string) => this.#world.exchanges.filter(({ tool }) => tool === name).length;
    const origins = this.#world.profiles.map(({ name, provider, baseUrl }) => {
      const entry = this.#world.catalogue.find((each) => each.name === provider);
      return { name, origin: new URL(baseUrl ?? entry?.baseUrl ?? "https://example.com").origin };
    });
    const of = (address: string) => origins.filter(({ origin }) => origin === address).map(({ name }) => name);
    const called = [...new Set(origins.map(({ origin }) => origin))];
    return {
      folder,
      profiles: this.#world.folder,
      items: [
        item("secrets", "vault.json", 2310),
        item("history", "history.db", 4_801_536),
        item("versions", "versions", 18_002),
        item("health", "health.json", 3120),
        item("door", "door.json", 611),
        item("logs", "logs", 48_213),
      ],
      keyring: true,
      called: called.map((address) => ({ address, profiles: of(address) })),
      tools: tools.map((name) => ({ name, requests: sent(name) })),
      removing: this.#removing,
    };
  }

  remove({ sure }: RemoveInput): OwnDataView {
    if (sure !== "remove") throw new HostError("not_sure", "Nothing was removed.", "Say “remove”.");
    this.#removing = true;
    this.#world.exchanges = [];
    return this.data();
  }
}
