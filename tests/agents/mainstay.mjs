// Mainstay's side: practice providers, the gateway under test, and its profiles.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { firstLine, start } from "./process.mjs";

/** How long Mainstay may take to start. */
const START_MS = 20_000;

/** The protocols of providers. `profile`: the profile's provider and model. `events`: how many come before content. */
export const UPSTREAMS = {
  anthropic: { profile: { provider: "anthropic", model: "claude-sonnet-4-5-20250929" }, events: 1 },
  "openai-chat": { profile: { provider: "openai", model: "gpt-5.2" }, events: 1 },
  "openai-responses": { profile: { provider: "openai-responses", model: "gpt-5.2" }, events: 2 },
  // The third generation is the one that insists on its signatures.
  gemini: { profile: { provider: "gemini", model: "gemini-3-pro-preview" }, events: 0 },
};

/** Another protocol than this one. */
export function next(speaks) {
  const names = Object.keys(UPSTREAMS);
  return names[(names.indexOf(speaks) + 1) % names.length];
}

function serve(binary, dir, args) {
  mkdirSync(join(dir, "profiles"), { recursive: true });
  const own = ["--profiles-dir", join(dir, "profiles"), "--data-dir", join(dir, "data")];
  const command = [binary, "serve", "--listen", "127.0.0.1:0", "--secrets", "memory", ...own, ...args];
  return start(command, { cwd: dir, env: { PATH: process.env.PATH, HOME: dir }, log: join(dir, "mainstay") });
}

/** Starts the practice providers: `command` or Mainstay's own. */
export async function practise(binary, dir, command) {
  mkdirSync(dir, { recursive: true });
  const running = command
    ? start(["sh", "-c", command], { cwd: dir, env: { PATH: process.env.PATH, HOME: dir }, log: join(dir, "practice") })
    : serve(binary, dir, ["--practice"]);
  const { practice } = await firstLine(running, START_MS);
  const providers = {};
  for (const line of practice) {
    const provider = new Provider(line);
    const { speaks } = await provider.order("GET", "state");
    providers[speaks] = provider;
  }
  return { providers, stop: running.stop };
}

/** A practice provider and its control API. */
export class Provider {
  constructor({ base_url, control, control_token }) {
    Object.assign(this, { base_url, control, control_token });
  }

  async order(method, what, body) {
    const response = await fetch(`${this.control}/${what}`, {
      method,
      headers: { authorization: `Bearer ${this.control_token}` },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the practice provider refuses ${method} ${what}: ${text}`);
    return JSON.parse(text);
  }

  /** Gives it a part, and makes it healthy and forgetful. */
  async act(steps) {
    await this.order("DELETE", "fault");
    await this.order("DELETE", "seen");
    await this.order("PUT", "play", { steps });
  }

  /** The bodies of the chat requests so far. */
  async seen() {
    const { seen } = await this.order("GET", "seen");
    return seen.filter(({ method, body }) => method === "POST" && body).map(({ body }) => body);
  }
}

/** Starts a gateway that serves by a failover balancer over these providers, in this order. */
export async function gateway(binary, dir, providers, order) {
  mkdirSync(join(dir, "profiles"), { recursive: true });
  const write = (name, profile) =>
    writeFileSync(join(dir, "profiles", `${name}.json`), JSON.stringify(profile, null, 2));
  for (const speaks of order) {
    const ephemeralSettings = { "base-url": providers[speaks].base_url, "auth-key": `key-of-${speaks}` };
    write(speaks, { version: 1, ...UPSTREAMS[speaks].profile, modelParams: {}, ephemeralSettings });
  }
  const one = order.length === 1;
  if (!one) write("pair", { version: 1, type: "loadbalancer", policy: "failover", profiles: order });
  const running = serve(binary, dir, ["--profile", one ? order[0] : "pair"]);
  const { listening, token } = await firstLine(running, START_MS);
  /** The statuses of the answers to the agent that were no success. */
  const refused = () => [...running.stderr.matchAll(/ exchange .*?status=([45]\d\d)/g)].map(([, status]) => status);
  const by = [binary, "with", "--data-dir", join(dir, "data"), "--"];
  return { url: listening, token, refused, with: by, stop: running.stop };
}
