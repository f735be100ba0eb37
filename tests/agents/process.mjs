// Processes: started with a cleared environment, read to their end or to their first line, ended with all that they started.

import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";

/** How long a process may take to end by itself when it is told to. */
const FAREWELL_MS = 3000;
/** How often a running process is looked after. */
const WATCH_MS = 200;

const groups = new Set();
process.on("exit", () => groups.forEach((pid) => signal(pid, "SIGKILL")));
for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => process.exit(130));

function signal(pid, name) {
  try {
    process.kill(-pid, name); // the whole group
  } catch {
    // it is gone
  }
}

/** Starts it. `log` is where what it says is kept, as `LOG.out` and `LOG.err`. */
export function start([program, ...args], { cwd, env, log }) {
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const running = { child, stdout: "", stderr: "" };
  if (child.pid) groups.add(child.pid);
  for (const name of ["stdout", "stderr"]) {
    const file = createWriteStream(`${log}.${name.slice(3)}`);
    child[name].setEncoding("utf8");
    child[name].on("data", (text) => {
      running[name] += text;
      file.write(text);
    });
  }
  running.ended = new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: null, why: error.message }));
    child.on("close", (code, by) => resolve({ code, why: by ? `ended by ${by}` : `exit ${code}` }));
  });
  running.stop = async () => {
    if (!child.pid) return;
    signal(child.pid, "SIGTERM");
    const late = setTimeout(() => signal(child.pid, "SIGKILL"), FAREWELL_MS);
    await running.ended;
    clearTimeout(late);
    groups.delete(child.pid);
  };
  return running;
}

/** Runs it to its end, to the end of its time, or until it is `hopeless()`. Its children end with it. */
export async function run(command, options, ms, hopeless) {
  const running = start(command, options);
  const given = Date.now();
  let watch;
  const late = new Promise((resolve) => {
    watch = setInterval(() => {
      if (hopeless()) resolve({ code: null, why: "it tried again and again" });
      if (Date.now() - given > ms) resolve({ code: null, why: `no end within ${Math.round(ms / 1000)} s` });
    }, WATCH_MS);
  });
  const ended = await Promise.race([running.ended, late]);
  clearInterval(watch);
  await running.stop();
  return { ...ended, stdout: running.stdout, stderr: running.stderr };
}

/** The JSON in the first line that it prints. */
export async function firstLine(running, ms) {
  const line = new Promise((resolve, reject) => {
    const look = () => {
      const end = running.stdout.indexOf("\n");
      if (end >= 0) resolve(JSON.parse(running.stdout.slice(0, end)));
    };
    running.child.stdout.on("data", look);
    running.ended.then(({ why }) => reject(new Error(`${why} before it was ready: ${running.stderr.slice(-500)}`)));
    setTimeout(() => reject(new Error(`not ready within ${ms} ms`)), ms).unref();
  });
  return line;
}
