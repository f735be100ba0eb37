// One cell of the table: one agent does its job through a fresh gateway, with a fresh home, over one provider or over two of which
// the first breaks halfway.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FINAL, PROMPTS } from "./agents.mjs";
import { conversation } from "./conversation.mjs";
import { UPSTREAMS, gateway, next } from "./mainstay.mjs";
import { run } from "./process.mjs";

/** How long both prompts of a cell may take together. */
const CELL_MS = 120_000;
/** The turns of the model that the first member still serves before it breaks. */
const SERVED = 2;
/** So many refusals by Mainstay are enough; some agents would go on for minutes. */
const ENOUGH = 3;
/** "For ever", in a fault's `times`. */
const FOR_EVER = 1000;

/** In this column `mainstay with` starts the agent, and nothing else points it at Mainstay. */
const WITH = "started by mainstay with";

/** The columns: one for each provider's protocol, the ways in which a first member breaks, then the other way to start. */
export const COLUMNS = [...Object.keys(UPSTREAMS), "first answers 503", "first cuts its stream", WITH];

/** The members for a column, first to last. */
function members(agent, column) {
  if (column === WITH) return [agent.speaks];
  return column in UPSTREAMS ? [column] : [agent.speaks, next(agent.speaks)];
}

function breaks(agent, column) {
  const served = { kind: "healthy", times: SERVED + agent.sideJobs };
  const broken = {
    "first answers 503": { kind: "status", status: 503, times: FOR_EVER },
    "first cuts its stream": {
      kind: "cut-mid-stream",
      after_events: UPSTREAMS[agent.speaks].events,
      times: FOR_EVER,
    },
  }[column];
  return broken && [served, broken];
}

/** Does the job. Returns {ok: true, ms} or {ok: false, ms, why}: the first thing that went wrong. */
export async function cell({ agent, column, dir, binary, providers, guard }) {
  const began = Date.now();
  const order = members(agent, column);
  const missing = order.find((speaks) => !providers[speaks]);
  const result = (why) => ({ ok: !why, ms: Date.now() - began, ...(why && { why }) });
  if (missing) return result(`there is no practice provider for ${missing}`);

  const home = join(dir, "home");
  const work = join(dir, "work");
  const [file, more] = [join(work, "notes.txt"), join(work, "more.txt")];
  for (const folder of [home, work, join(home, "tmp")]) mkdirSync(folder, { recursive: true });
  writeFileSync(file, "colour: red\n");
  writeFileSync(more, "size: big\n");
  for (const speaks of order) await providers[speaks].act(agent.steps(file, more));
  const script = breaks(agent, column);
  if (script) await providers[order[0]].order("PUT", "script", script);

  const mainstay = await gateway(binary, join(dir, "gateway"), providers, order);
  try {
    const by = column === WITH ? mainstay.with : undefined;
    const at = { home, ...(!by && { url: mainstay.url, token: mainstay.token }) };
    for (const [path, text] of Object.entries(agent.settings(at))) {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), text);
    }
    const env = { ...clean(home, guard), ...agent.environment(at) };
    if (by) env.PATH = `${installed(agent.program, join(dir, "bin"))}:${env.PATH}`;
    for (const turn of [1, 2]) {
      const own = agent.command({ ...at, turn, prompt: PROMPTS[turn - 1] });
      const command = by ? [...by, ...own] : own;
      const left = CELL_MS - (Date.now() - began);
      const hopeless = () => mainstay.refused().length >= ENOUGH;
      const ended = await run(command, { cwd: work, env, log: join(dir, `turn-${turn}`) }, left, hopeless);
      const [refused] = mainstay.refused();
      const wrong =
        (ended.code !== 0 && `${ended.why}: ${complaint(ended)}`) ||
        (!ended.stdout.includes(FINAL[turn - 1]) && `it did not say "${FINAL[turn - 1]}" but: ${complaint(ended)}`) ||
        (turn === 1 && !readFileSync(file, "utf8").includes("colour: blue") && "the file was not changed");
      if (wrong) return result(`prompt ${turn}: ${refused ? `Mainstay answered ${refused}; ` : ""}${wrong}`);
    }
    return result(await askedRightly(agent, order, providers));
  } finally {
    await keep(dir, order, providers);
    await mainstay.stop();
  }
}

/** Whether the providers were asked as they must be; else what was wrong first. */
async function askedRightly(agent, order, providers) {
  const turns = [];
  for (const [place, speaks] of order.entries()) {
    for (const body of await providers[speaks].seen()) {
      const { turns: turn, results, sealed, fault } = conversation(speaks, body);
      // What passes through as it came is the agent's own affair.
      if (fault && speaks !== agent.speaks) return `after ${turn} turns, to ${speaks}: ${fault}`;
      turns.push({ place, turn, results, sealed });
    }
  }
  /** Whether the last results after so many turns, as many as there are texts, were these, in any order. */
  const asked = (turn, ...texts) =>
    turns.some((seen) => {
      const last = seen.results.slice(-texts.length);
      return seen.turn === turn && texts.every((text) => last.some((result) => result.includes(text)));
    });
  const reads = ["colour: red", ...(agent.oneByOne ? [] : ["size: big"])];
  if (!asked(1, ...reads)) return "what was read did not reach the provider";
  const returned = turns.some((seen) => seen.place === 0 && seen.turn === 1 && seen.sealed);
  if (agent.returns.includes(order[0]) && !returned) return "the reasoning did not come back to the provider";
  if (!asked(3, "colour: blue")) return "the output of `cat notes.txt` did not reach the provider";
  if (!asked(5, "1 notes.txt")) return "the output of `wc -l notes.txt` did not reach the provider";
  const late = (place) => turns.some((seen) => seen.place === place && seen.turn >= SERVED);
  if (order.length > 1 && !late(1)) return "the second member was never asked";
  return undefined;
}

/** Keeps what the providers were asked, for `--keep`. */
async function keep(dir, order, providers) {
  for (const speaks of order) {
    writeFileSync(join(dir, `asked-${speaks}.json`), JSON.stringify(await providers[speaks].seen(), null, 1));
  }
}

/** A folder in which a program has its own name, as where a user has it. */
function installed({ name, path }, folder) {
  mkdirSync(folder, { recursive: true });
  symlinkSync(path, join(folder, name));
  return folder;
}

/** The environment of an agent: nothing of this machine's but PATH, and all that isn't loopback goes to the guard. */
function clean(home, guard) {
  return {
    PATH: process.env.PATH,
    HOME: home,
    USERPROFILE: home,
    XDG_CONFIG_HOME: join(home, ".config"),
    XDG_DATA_HOME: join(home, ".local/share"),
    XDG_STATE_HOME: join(home, ".local/state"),
    XDG_CACHE_HOME: join(home, ".cache"),
    TMPDIR: join(home, "tmp"),
    LANG: "C.UTF-8",
    TERM: "dumb",
    NO_COLOR: "1",
    HTTP_PROXY: guard.url,
    HTTPS_PROXY: guard.url,
    NO_PROXY: "127.0.0.1,localhost",
  };
}

/** What it said in the end, or of what it complained first. */
function complaint({ code, stdout, stderr }) {
  const lines = (text) =>
    text
      .replaceAll(/\u001b\[[0-9;]*m/g, "")
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
  const error = lines(`${stderr}\n${stdout}`).find((line) => /error|status|fail/i.test(line));
  const last = lines(stdout).at(-1) ?? lines(stderr).at(-1);
  return ((code === 0 ? undefined : error) ?? last ?? "nothing was said").slice(0, 300);
}
