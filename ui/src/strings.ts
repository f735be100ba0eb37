/**
 * Every word that the window says, in one place, ready for translation.
 *
 * House style: plain English, sentence case, no exclamation marks. What is typed into a terminal stands between
 * backticks (see Words.tsx); whole commands are not language and live beside the component that shows them.
 */
export const strings = {
  product: "Mainstay",

  frame: {
    version: (version: string) => `Version ${version}`,
    versionUnknown: "Version not reported",
  },

  appearance: {
    legend: "Appearance",
    system: "System",
    light: "Light",
    dark: "Dark",
  },

  command: {
    copy: "Copy",
    copied: "Copied",
    copyNamed: (name: string) => `Copy: ${name}`,
    copiedNamed: (name: string) => `Copied: ${name}`,
  },

  clipboard: {
    refusedMessage: "The system did not let Mainstay use the clipboard.",
    refusedHint: "Select the text and copy it with the keyboard.",
  },

  shell: {
    unreachableMessage: "The window can’t reach the program behind it.",
    unreachableHint: "Close the window and start Mainstay again.",
  },

  terminal: {
    title: "The gateway runs in your terminal",
    lead: "In this version `mainstay serve` runs it. This window does not start it or watch it yet.",
    where: "The commands are for a shell in the project’s folder, after `make build`.",

    practiceTitle: "Practice first",
    practiceText: "Three simulated providers, no key, no account. Every answer says that it is simulated.",
    practiceCommand: "practice with simulated providers",

    profilesTitle: "Or serve your own profiles",
    profilesText:
      "A load balancer or a single profile, by its name in `~/.llxprt/profiles`. In place of `ha-failover` put yours.",
    profilesCommand: "serve your own profile",

    toolsTitle: "Point a tool at it",
    toolsText: "When it is ready it prints one line with its address and a token. Put that token where `TOKEN` stands.",
    openai: "OpenAI format",
    anthropic: "Anthropic format",
    gemini: "Gemini format",

    stop: "Ctrl C stops the gateway; requests that are running finish first.",
  },
} as const;
