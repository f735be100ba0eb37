// Real coding agents do a job through Mainstay, served by each provider's protocol, and while their first provider breaks.
// All on this machine: the providers are Mainstay's practice providers.
//
//   node run.mjs [--agent NAME]… [--upstream COLUMN]… [--bin PATH] [--practice COMMAND] [--json FILE] [--write FILE] [--keep]
//
//   --agent, --upstream  only these rows and columns (a column by the start of its name: gemini, openai-responses, "first cuts")
//   --bin                the binary mainstay [MAINSTAY_BIN, else target/debug/mainstay]
//   --practice           a command that starts practice providers and prints their list, instead of `mainstay serve --practice`
//   --json               writes the results there
//   --write              puts the table into this document, between its markers; only a whole run does
//   --keep               keeps homes, logs and what the providers were asked, and says where

import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { AGENTS } from "./agents.mjs";
import { COLUMNS, cell } from "./cell.mjs";
import { guard } from "./guard.mjs";
import { practise } from "./mainstay.mjs";
import { embedded, markdown } from "./report.mjs";

const { values: options } = parseArgs({
  options: {
    agent: { type: "string", multiple: true },
    upstream: { type: "string", multiple: true },
    bin: { type: "string" },
    practice: { type: "string" },
    json: { type: "string" },
    write: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});

function chosen(all, wanted, fits) {
  for (const name of wanted ?? []) {
    if (!all.some((one) => fits(one, name))) throw new Error(`unknown: ${name}`);
  }
  return all.filter((one) => !wanted || wanted.some((name) => fits(one, name)));
}

const agents = chosen(AGENTS, options.agent, (agent, name) => agent.name === name);
const columns = chosen(COLUMNS, options.upstream, (column, name) => column.startsWith(name));
const whole = agents.length === AGENTS.length && columns.length === COLUMNS.length;
const root = resolve(import.meta.dirname, "../..");
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const binary = resolve(options.bin ?? process.env.MAINSTAY_BIN ?? join(target, "debug/mainstay"));
const version = (name) =>
  JSON.parse(readFileSync(join(import.meta.dirname, "node_modules", name, "package.json"), "utf8")).version;

// Better now than after the run.
if (options.write) embedded(readFileSync(options.write, "utf8"), "");

const temp = realpathSync(mkdtempSync(join(tmpdir(), "mainstay-agents-")));
const outside = await guard();
const practice = await practise(binary, join(temp, "practice"), options.practice);
const rows = [];
let failures = 0;
try {
  for (const agent of agents) {
    const row = { title: agent.title, version: version(agent.package), speaks: agent.speaks, cells: {} };
    rows.push(row);
    for (const column of columns) {
      const dir = join(temp, agent.name, column.replaceAll(" ", "-"));
      const { providers } = practice;
      const attempt = (number) => {
        const own = number === 1 ? dir : `${dir}-again`;
        mkdirSync(own, { recursive: true });
        return cell({ agent, column, dir: own, binary, providers, guard: outside }).catch((error) => ({
          ok: false,
          ms: 0,
          why: String(error.message),
        }));
      };
      let result = await attempt(1);
      // Qwen Code's own shell now and then reports a command that has run as "Output: (empty)".
      if (!result.ok && result.why.startsWith("the output of")) {
        console.log(`${agent.name} / ${column}: ${result.why}; once more`);
        result = await attempt(2);
      }
      row.cells[column] = result;
      failures += result.ok ? 0 : 1;
      const seconds = (result.ms / 1000).toFixed(1);
      console.log(`${agent.name} / ${column}: ${result.ok ? "ok" : `FAILS: ${result.why}`} (${seconds} s)`);
      if (!options.keep) for (const own of [dir, `${dir}-again`]) rmSync(own, { recursive: true, force: true });
    }
  }
} finally {
  await practice.stop();
  if (!options.keep) rmSync(temp, { recursive: true, force: true });
}

const table = markdown(rows, columns);
console.log(`\n${table}\n`);
if (outside.asked.size > 0) {
  console.log("Refused on its way out:", [...outside.asked].map(([host, times]) => `${host} (${times})`).join(", "));
}
if (options.keep) console.log(`Kept: ${temp}`);
if (options.json) {
  mkdirSync(dirname(resolve(options.json)), { recursive: true });
  writeFileSync(
    options.json,
    `${JSON.stringify({ columns, rows, refused: Object.fromEntries(outside.asked) }, null, 2)}\n`,
  );
}
if (options.write && whole) {
  writeFileSync(options.write, embedded(readFileSync(options.write, "utf8"), table));
}
const cells = rows.length * columns.length;
console.log(`${cells - failures} passed, ${failures} failed`);
process.exitCode = failures > 0 ? 1 : 0;
