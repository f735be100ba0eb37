import { named } from "../../words.ts";

/** The words of the starters. */
export const starters = {
  open: "Start from a starter",
  title: "Starters",
  lead: "Ready-made load balancers. Choose one and say what becomes of each member. You see what would be written before it is.",
  asked: "Looking for the starters…",
  choose: (title: string) => `Look at ${title}`,
  makes: (policy: string, balancer: string) => `${policy}, as ${balancer}`,
  made: (balancer: string) => `${balancer} is there already`,
  members: (title: string) => `Members of ${title}`,
  back: "All starters",
  cancel: "Cancel",

  state: {
    same: "There",
    differs: "There, but differs",
    missing: "Missing",
    unusable: "Can’t be used",
  },
  stateWhy: {
    unusable: "A load balancer or a broken file has this name.",
  },

  way: (name: string) => `What becomes of ${name}`,
  ways: {
    create: "Create it",
    use: "Use it as it is",
    overwrite: "Change it to the starter’s settings",
    other: "Use another profile",
    leave: "Leave it out",
  },
  wayWhy: {
    overwrite: "What changes in it:",
    use: "It stays as it is. The starter has it otherwise:",
  },
  provider: "Provider",
  other: "Profile in its place",
  otherOf: (name: string, model: string) => `${name}, ${model}`,

  key: (name: string) => `Key for ${name}`,
  keyHint: "Goes into the secret store when you apply. It may stay empty.",
  login: "Log in instead",

  preview: "What would be written",
  looking: "Looking at what would be written…",
  nothing: "No file changes.",
  create: (name: string) => `Create ${named(name)}`,
  change: (name: string) => `Change ${named(name)}`,
  keyFor: (name: string) => `Keep the key for ${named(name)}`,
  agree: (name: string) => `Change ${name}, which is there with other members`,

  apply: "Apply",
  applying: "Applying…",
  applied: (title: string, balancer: string) => `${title} applied: ${balancer} is there.`,
  keyless: "Not yet: no member has a key or login. Give one of them a key.",
  modelless: (name: string) => `Not yet: choose a model for ${name}.`,
  disagreed: (name: string) => `Not yet: say that ${name} may be changed.`,
  refused: "Not yet: what you chose can’t be written. The reason stands above.",
  alone: (name: string) => `Not protected yet: only ${name} could serve. The others wait for a key or login.`,
  ready: (usable: string, total: string) => `${usable} of ${total} members could serve.`,
};
