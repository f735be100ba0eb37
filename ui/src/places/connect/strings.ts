/** The words of Connect. */
export const connect = {
  lead: "Point a tool at the gateway. Whoever serves then answers it, and when one provider fails the next one does.",
  tools: "Tools",
  quick: "Without touching a file",
  quickWhy: "It sets the address and the token for this one start, and nothing else.",
  copy: "Copy",
  copyCommand: (tool: string) => `Copy the command that starts ${tool}`,
  commandCopied: "Command copied. Paste it into a terminal.",
  ways: {
    file: "For good",
    shell: "For good",
    ownLogin: "Or keep its own login",
    fields: "Its key",
  },
  why: {
    file: (file: string) => `Add this to \`${file}\`.`,
    shell: "Paste these lines where you start it; a shell’s start-up file makes them last.",
    ownLogin: (file: string) =>
      `Put this into \`${file}\` instead. Its login goes on to its own provider; the other members stand behind it. The profile that is to use it takes “the caller’s own” as its credential.`,
    fields: "It asks for a key when the provider is first used. Paste this one.",
  },
  token: "the token",
  copyLines: "Copy with the token",
  linesCopied: "Copied, with the token in it. Paste it into the tool’s settings, not into a chat.",
  restart: (tool: string) => `Start ${tool} anew after that: it reads its settings only then.`,
  waiting: "Waiting for its first request…",
  seen: (when: string, by: string) => `Received ${when}. ${by} answered.`,
  seenUnserved: (when: string) => `Received ${when}. Nobody could answer it.`,
  trail: "See what happened",
  noEngine: "The gateway’s address is not known yet.",
};
