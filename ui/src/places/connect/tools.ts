/**
 * How each tool is pointed at the gateway. Commands and settings are not language: they stand here and not in the
 * catalogue. `{token}` stands where the token goes; it is filled in on its way to the clipboard and never shown.
 */

/** Where lines go, and the lines for a gateway at this address. */
export interface Way {
  /** Which of the words says what this way is for. */
  what: "file" | "shell" | "ownLogin" | "fields";
  /** The file that the lines go into. */
  file?: string;
  lines: (address: string) => string;
}

export interface Tool {
  id: string;
  title: string;
  /** The command that touches no file; absent where there is none. */
  command?: string;
  ways: readonly Way[];
  /** Whether a request came from it, by the product name of its user agent. */
  sent: (agent: string) => boolean;
  /** It reads its settings at its start only. */
  restart: boolean;
}

const shell = (variables: (address: string) => Record<string, string>): Way => ({
  what: "shell",
  lines: (address) =>
    Object.entries(variables(address))
      .map(([name, value]) => `export ${name}=${value}`)
      .join("\n"),
});
const json = (value: unknown) => JSON.stringify(value, null, 2);
const from = (pattern: RegExp) => (agent: string) => pattern.test(agent);

/** Sources: each tool's documentation of its gateway or provider settings. */
export const tools: readonly Tool[] = [
  {
    id: "claude",
    title: "Claude Code",
    command: "mainstay with -- claude",
    restart: false,
    sent: from(/^claude[ -](?:cli|code)/iu),
    ways: [
      {
        what: "file",
        file: "~/.claude/settings.json",
        lines: (address) => json({ env: { ANTHROPIC_BASE_URL: address, ANTHROPIC_AUTH_TOKEN: "{token}" } }),
      },
      {
        what: "ownLogin",
        file: "~/.claude/settings.json",
        lines: (address) => json({ env: { ANTHROPIC_BASE_URL: `${address}/t/{token}` } }),
      },
    ],
  },
  {
    id: "codex",
    title: "Codex",
    command: "mainstay with -- codex",
    restart: true,
    sent: from(/^codex/iu),
    ways: [
      {
        what: "file",
        file: "~/.codex/config.toml",
        lines: (address) =>
          [
            'model_provider = "mainstay"',
            "",
            "[model_providers.mainstay]",
            'name = "Mainstay"',
            `base_url = "${address}/v1"`,
            'wire_api = "responses"',
            'experimental_bearer_token = "{token}"',
            "supports_websockets = false",
          ].join("\n"),
      },
    ],
  },
  {
    id: "gemini",
    title: "Gemini CLI",
    command: "mainstay with -- gemini",
    restart: true,
    sent: from(/^gemini ?cli/iu),
    ways: [
      {
        what: "file",
        file: "~/.gemini/.env",
        lines: (address) => `GOOGLE_GEMINI_BASE_URL=${address}\nGEMINI_API_KEY={token}`,
      },
    ],
  },
  {
    id: "llxprt",
    title: "llxprt",
    restart: false,
    sent: from(/^llxprt/iu),
    ways: [
      {
        what: "shell",
        lines: (address) =>
          [
            "/provider openai",
            `/baseurl ${address}/v1`,
            "/key {token}",
            "/model mainstay",
            "/profile save model through-mainstay",
          ].join("\n"),
      },
    ],
  },
  {
    id: "opencode",
    title: "opencode",
    command: "mainstay with -- opencode",
    restart: true,
    sent: from(/^opencode/iu),
    ways: [
      {
        what: "file",
        file: "~/.config/opencode/opencode.json",
        lines: (address) =>
          json({
            model: "mainstay/mainstay",
            provider: {
              mainstay: {
                npm: "@ai-sdk/openai-compatible",
                name: "Mainstay",
                options: { baseURL: `${address}/v1`, apiKey: "{token}" },
                models: { mainstay: { name: "Whoever serves" } },
              },
            },
          }),
      },
    ],
  },
  {
    id: "qwen",
    title: "Qwen Code",
    command: "mainstay with -- qwen",
    restart: true,
    sent: from(/^qwen ?code/iu),
    ways: [
      shell((address) => ({ OPENAI_BASE_URL: `${address}/v1`, OPENAI_API_KEY: "{token}", OPENAI_MODEL: "mainstay" })),
    ],
  },
  {
    id: "aider",
    title: "aider",
    restart: true,
    sent: from(/^(?:aider|litellm)/iu),
    ways: [
      {
        what: "file",
        file: "~/.aider.conf.yml",
        lines: (address) =>
          [`openai-api-base: ${address}/v1`, "openai-api-key: {token}", "model: openai/mainstay"].join("\n"),
      },
    ],
  },
  {
    id: "continue",
    title: "Continue",
    restart: false,
    sent: from(/^continue/iu),
    ways: [
      {
        what: "file",
        file: "~/.continue/config.yaml",
        lines: (address) =>
          [
            "models:",
            "  - name: Mainstay",
            "    provider: openai",
            "    model: mainstay",
            `    apiBase: ${address}/v1`,
            "    apiKey: {token}",
          ].join("\n"),
      },
    ],
  },
  {
    id: "zed",
    title: "Zed",
    restart: false,
    sent: from(/^zed/iu),
    ways: [
      {
        what: "file",
        file: "~/.config/zed/settings.json",
        lines: (address) =>
          json({
            language_models: {
              openai_compatible: {
                Mainstay: {
                  api_url: `${address}/v1`,
                  available_models: [{ name: "mainstay", display_name: "Whoever serves", max_tokens: 200000 }],
                },
              },
            },
          }),
      },
      { what: "fields", lines: () => "{token}" },
    ],
  },
  {
    id: "sdk",
    title: "Any SDK",
    command: "mainstay with -- python your_script.py",
    restart: true,
    sent: () => true,
    ways: [
      shell((address) => ({ OPENAI_BASE_URL: `${address}/v1`, OPENAI_API_KEY: "{token}" })),
      shell((address) => ({ ANTHROPIC_BASE_URL: address, ANTHROPIC_API_KEY: "{token}" })),
      shell((address) => ({ GOOGLE_GEMINI_BASE_URL: address, GEMINI_API_KEY: "{token}" })),
    ],
  },
];
