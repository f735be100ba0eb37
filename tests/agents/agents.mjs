// The agents: how each is started without a person and without the internet, pointed at Mainstay, and what the practice provider
// must say to it so that it does the job. The job: read notes.txt and more.txt at once, change red to blue, run `cat notes.txt`;
// then, continuing the conversation, run `wc -l notes.txt`.
//
// Each has
//   name, title     for the command line and for the table
//   package         the npm package it comes from
//   speaks          the protocol it talks to Mainstay in
//   model           the model it believes to talk to; it makes some of them send other things
//   steps(file, more)  what the provider says, turn by turn; the paths of notes.txt and more.txt
//   oneByOne        whether it wants one call at a time
//   returns         the protocols of providers whose reasoning comes back to them through it, sealed as they made it
//   sideJobs        chat requests before the second turn of the model that are not part of the job
//   program         its name and where it is, for `mainstay with`
//   settings(at)    files to write below the home folder, by path
//   environment(at) variables beside those that all get
//   command(at)     [program, ...arguments] for both prompts; `at.turn` is 1 or 2
//
// where `at` is {turn, prompt, url, token, home}. Without `at.url` nothing of these points it at Mainstay: `mainstay with` does.
// Repeating failed requests is switched off where that is possible, or the agent would hide what Mainstay does.

import { existsSync } from "node:fs";
import { join } from "node:path";

const modules = join(import.meta.dirname, "node_modules");

/** The binary of a package that keeps one for each platform in packages of their own. */
function native(packages, path) {
  const found = packages.map((name) => join(modules, name, path)).find(existsSync);
  return found ?? join(modules, packages[0], path);
}

const platform = `${process.platform}-${process.arch}`;
const node = (path) => [process.execPath, join(modules, path)];
const script = (name) => ({ name, path: join(modules, ".bin", name) });
const binaries = {
  claude: native([`@anthropic-ai/claude-code-${platform}`, `@anthropic-ai/claude-code-${platform}-musl`], "claude"),
  opencode: native(
    [`opencode-${platform.replace("win32", "windows")}`, `opencode-${platform}-baseline`],
    "bin/opencode",
  ),
};

export const FINAL = ["Done: the colour is blue.", "It has 1 line."];
export const PROMPTS = [
  "Read notes.txt and more.txt, change red to blue in notes.txt, then run `cat notes.txt`.",
  "Now run `wc -l notes.txt` and tell how many lines it has.",
];

/** The protocols that seal reasoning. */
const SEALING = ["anthropic", "openai-responses", "gemini"];

const call = (name, args) => ({ call: { name, arguments: args } });
const thinks = (text) => ({ reasoning: text });

/**
 * The six turns of the model. Some think first: what one provider signed must come back to it, and must not break the next.
 * `reads` are made in one turn.
 */
function job(reads, edit, show, count) {
  return [
    [thinks("First I read."), { text: "Let me look." }, ...reads],
    [edit],
    [thinks("Is it blue now?"), show],
    [{ text: FINAL[0] }],
    [thinks("I count the lines."), count],
    [{ text: FINAL[1] }],
  ];
}

function claude(name, model) {
  return {
    name,
    title: `Claude Code (${model})`,
    package: "@anthropic-ai/claude-code",
    program: { name: "claude", path: binaries.claude },
    speaks: "anthropic",
    model,
    returns: SEALING,
    sideJobs: 0,
    steps: (file, more) =>
      job(
        [call("Read", { file_path: file }), call("Read", { file_path: more })],
        call("Edit", { file_path: file, old_string: "red", new_string: "blue" }),
        call("Bash", { command: "cat notes.txt", description: "Show the file" }),
        call("Bash", { command: "wc -l notes.txt", description: "Count the lines" }),
      ),
    settings: () => ({}),
    environment: ({ url, token, home }) => ({
      CLAUDE_CONFIG_DIR: join(home, ".claude"),
      ...(url && { ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: token }),
      ANTHROPIC_MODEL: model,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
      CLAUDE_CODE_MAX_RETRIES: "0",
    }),
    command: ({ turn, prompt, url }) => [
      url ? binaries.claude : "claude",
      ...["--print", "--allowedTools=Read,Edit,Bash", ...(turn === 2 ? ["--continue"] : []), prompt],
    ],
  };
}

/** `tools`: how this model's Codex runs a command and edits. Unknown models get neither a patch tool nor code mode. */
function codex(name, model, tools) {
  return {
    name,
    title: `Codex (${model})`,
    package: "@openai/codex",
    program: script("codex"),
    speaks: "openai-responses",
    model,
    returns: SEALING,
    sideJobs: 0,
    oneByOne: tools.oneByOne,
    steps: () => {
      const reads = [tools.run("cat notes.txt"), ...(tools.oneByOne ? [] : [tools.run("cat more.txt")])];
      return job(reads, tools.edit, tools.run("cat notes.txt"), tools.run("wc -l notes.txt"));
    },
    settings: ({ url }) => ({
      ".codex/config.toml": [
        `model = "${model}"`,
        ...(url ? ['model_provider = "mainstay"'] : []),
        "check_for_update_on_startup = false",
        "[analytics]",
        "enabled = false",
        "[features]",
        "plugins = false",
        "apps = false",
        "[model_providers.mainstay]",
        ...(url
          ? [
              'name = "Mainstay"',
              `base_url = "${url}/v1"`,
              'env_key = "MAINSTAY_TOKEN"',
              'wire_api = "responses"',
              "supports_websockets = false",
            ]
          : []),
        "request_max_retries = 0",
        "stream_max_retries = 0",
        "",
      ].join("\n"),
    }),
    environment: ({ token, home }) => ({
      CODEX_HOME: join(home, ".codex"),
      ...(token && { MAINSTAY_TOKEN: token }),
    }),
    command: ({ turn, prompt, url }) => [
      ...(url ? node("@openai/codex/bin/codex.js") : ["codex"]),
      ...["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"],
      ...(turn === 2 ? ["resume", "--last"] : []),
      prompt,
    ],
  };
}

const PATCH = "*** Begin Patch\n*** Update File: notes.txt\n@@\n-colour: red\n+colour: blue\n*** End Patch\n";

const gemini = {
  name: "gemini",
  title: "Gemini CLI (gemini-2.5-flash)",
  package: "@google/gemini-cli",
  program: script("gemini"),
  speaks: "gemini",
  model: "gemini-2.5-flash",
  returns: SEALING, // of thoughts it keeps nothing; seals come back on calls
  sideJobs: 0,
  steps: (file, more) =>
    job(
      [call("read_file", { file_path: file }), call("read_file", { file_path: more })],
      call("replace", { file_path: file, instruction: "Make it blue", old_string: "red", new_string: "blue" }),
      call("run_shell_command", { command: "cat notes.txt", description: "Show the file" }),
      call("run_shell_command", { command: "wc -l notes.txt", description: "Count the lines" }),
    ),
  settings: () => ({
    ".gemini/settings.json": JSON.stringify({
      // Its user has chosen to use an API key: 0.61 takes that from its settings alone once there is a base URL.
      security: { auth: { selectedType: "gemini-api-key" } },
      general: { enableAutoUpdate: false, enableAutoUpdateNotification: false, maxAttempts: 1 },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
    }),
  }),
  environment: ({ url, token }) => ({
    ...(url && { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: token }),
    GEMINI_MODEL: "gemini-2.5-flash",
  }),
  command: ({ turn, prompt, url }) => [
    ...(url ? node("@google/gemini-cli/bundle/gemini.js") : ["gemini"]),
    ...["--yolo", "--skip-trust", ...(turn === 2 ? ["--resume", "latest"] : []), "--prompt", prompt],
  ],
};

const opencode = {
  name: "opencode",
  title: "opencode",
  package: "opencode-ai",
  program: { name: "opencode", path: binaries.opencode },
  speaks: "openai-chat",
  model: "some-model",
  returns: [], // the protocol has no seals
  sideJobs: 1, // the title
  steps: (file, more) =>
    job(
      [call("read", { filePath: file }), call("read", { filePath: more })],
      call("edit", { filePath: file, oldString: "red", newString: "blue" }),
      call("bash", { command: "cat notes.txt", description: "Show the file" }),
      call("bash", { command: "wc -l notes.txt", description: "Count the lines" }),
    ),
  settings: ({ url, token }) => ({
    // Without these it would try to install what plugins need.
    ".config/opencode/node_modules/.package-lock.json": "{}",
    ".config/opencode/package-lock.json": JSON.stringify({
      packages: { "": { dependencies: { "@opencode-ai/plugin": "*" } } },
    }),
    ".config/opencode/opencode.json": JSON.stringify({
      autoupdate: false,
      share: "disabled",
      permission: "allow",
      enabled_providers: ["mainstay"],
      ...(url && {
        model: "mainstay/some-model",
        small_model: "mainstay/some-model",
        provider: {
          mainstay: {
            npm: "@ai-sdk/openai-compatible",
            name: "Mainstay",
            options: { baseURL: `${url}/v1`, apiKey: token },
            models: { "some-model": { name: "Some model" } },
          },
        },
      }),
    }),
  }),
  environment: () => ({
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
  }),
  command: ({ turn, prompt, url }) => [
    url ? binaries.opencode : "opencode",
    ...["run", "--auto", ...(turn === 2 ? ["--continue"] : []), prompt],
  ],
};

const qwen = {
  name: "qwen",
  title: "Qwen Code (gpt-5.2)",
  package: "@qwen-code/qwen-code",
  program: script("qwen"),
  speaks: "openai-chat",
  model: "gpt-5.2",
  returns: [],
  sideJobs: 0,
  steps: (file, more) =>
    job(
      [call("read_file", { file_path: file }), call("read_file", { file_path: more })],
      call("edit", { file_path: file, old_string: "red", new_string: "blue" }),
      call("run_shell_command", { command: "cat notes.txt", description: "Show the file", is_background: false }),
      call("run_shell_command", { command: "wc -l notes.txt", description: "Count", is_background: false }),
    ),
  settings: ({ url }) => ({
    ".qwen/settings.json": JSON.stringify({
      ...(url && { security: { auth: { selectedType: "openai" } } }),
      general: { enableAutoUpdate: false },
      model: { generationConfig: { maxRetries: 0 } },
      memory: { enableManagedAutoMemory: false, enableManagedAutoDream: false, enableAutoSkill: false },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
    }),
  }),
  environment: ({ url, token }) => ({
    ...(url && { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: token, OPENAI_MODEL: "gpt-5.2" }),
    QWEN_CODE_SUPPRESS_YOLO_WARNING: "1",
    // It would start itself a second time, only to have more memory.
    QWEN_CODE_NO_RELAUNCH: "true",
  }),
  command: ({ turn, prompt, url }) => [
    ...(url ? node("@qwen-code/qwen-code/cli-entry.js") : ["qwen"]),
    ...["--yolo", ...(turn === 2 ? ["--continue"] : []), "--prompt", prompt],
  ],
};

export const AGENTS = [
  claude("claude", "claude-sonnet-4-5"),
  // Knows system messages in the middle of a conversation.
  claude("claude-5", "claude-opus-5"),
  // A model it doesn't know: function tools only.
  codex("codex", "gpt-5.2", {
    run: (cmd) => call("exec_command", { cmd }),
    edit: call("exec_command", { cmd: "sed -i.old s/red/blue/ notes.txt" }),
  }),
  // Edits by a custom tool.
  codex("codex-patch", "gpt-5.5", {
    run: (cmd) => call("exec_command", { cmd }),
    edit: { custom: { name: "apply_patch", input: PATCH } },
  }),
  // Has one custom tool alone, which runs JavaScript, and names it in the input instead of in `tools`.
  codex("codex-code", "gpt-6-sol", {
    oneByOne: true,
    run: (cmd) => ({ custom: { name: "exec", input: `text(await tools.exec_command(${JSON.stringify({ cmd })}));` } }),
    edit: { custom: { name: "exec", input: `text(await tools.apply_patch(${JSON.stringify(PATCH)}));` } },
  }),
  gemini,
  opencode,
  qwen,
];
