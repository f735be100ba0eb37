/**
 * Every word that the window says, in one place, ready for translation.
 *
 * House style: plain English, sentence case, no exclamation marks. What is typed into a terminal stands between
 * backticks (see Words.tsx); names and countdowns inside a sentence are marked (see words.ts); whole commands are not
 * language and live beside the component that shows them.
 */
import { countdown, named } from "./words.ts";

export const strings = {
  product: "Mainstay",

  frame: {
    places: "Places",
    live: "Live",
    profiles: "Profiles",
    failover: "Failover",
    version: (version: string) => `Version ${version}`,
    versionUnknown: "Version not reported",
    gatewayAsked: "Looking for the gateway",
    gatewayRuns: "Gateway running",
    gatewayLost: "Gateway not reached",
    copyAddress: "Copy the gateway’s address",
    addressCopied: "Address copied.",
    copyToken: "Copy token",
    tokenCopied: "Token copied. Paste it into your tool, not into a chat.",
  },

  appearance: {
    legend: "Appearance",
    system: "System",
    light: "Light",
    dark: "Dark",
  },

  unit: {
    milliseconds: (value: string) => `${value} ms`,
    seconds: (value: string) => `${value} s`,
    percent: (value: string) => `${value} %`,
    days: (days: string, hours: string) => `${days} d ${hours} h`,
  },

  clipboard: {
    refusedMessage: "The system did not let Mainstay use the clipboard.",
    refusedHint: "Select the text and copy it with the keyboard.",
  },

  shell: {
    unreachableMessage: "The window can’t reach the program behind it.",
    unreachableHint: "Close the window and start Mainstay again.",
  },

  toast: {
    label: "Message",
    viewport: "Messages, {hotkey}",
    close: "Close the message",
  },

  undo: {
    action: "Undo",
    done: "Taken back.",
  },

  state: {
    serving: "Serving",
    ready: "Ready",
    unchecked: "Not checked yet",
    cooling: "Cooling",
    open: "Open",
    probing: "Probing",
    "needs-credential": "Needs a key or login",
    "origin-unconfirmed": "Address not confirmed",
    missing: "Missing",
    broken: "File can’t be used",
  },

  policy: {
    failover: "failover",
    roundrobin: "round-robin",
    weighted: "weighted",
    single: "single profile",
  },

  live: {
    asking: "Looking for the gateway",

    lost: "The gateway can’t be reached",
    followAgain: "Try again",

    nothingActive: "Nothing is set to serve",
    nothingActiveWhy: "Choose a load balancer or a profile, at the right, for requests that name none.",
    noProfiles: "There is no profile yet",
    noProfilesWhy: "A profile says which provider and model answer. One is enough to begin; two protect each other.",
    createProfile: "Create a profile",

    emptyBalancer: (route: string) => `${named(route)} has no members`,
    emptyBalancerWhy: "Add the profiles that should serve.",
    addMembers: "Add members",

    serving: (name: string) => `${named(name)} is serving`,
    firstOf: (total: string, route: string) => `First of ${total} in ${named(route)}.`,
    passed: (name: string) => `${named(name)} is out.`,
    passedWhy: (name: string, why: string) => `${named(name)}: ${why}.`,
    firstAgain: `It is first again in ${countdown}.`,
    backIn: `It is back in ${countdown}.`,
    alsoOut: (names: string) => `Also out: ${names}.`,

    idle: (name: string) => `${named(name)} serves the next request`,
    idleWhy: "No request has come yet. Point a tool at the address below on the left.",

    sharing: (names: string) => `${names} share the load`,
    share: (name: string, percent: string) => `${named(name)} ${percent}`,
    shares: (shares: string) => `By weight: ${shares}.`,
    turns: "Each in its turn, the same number of requests.",

    alone: (name: string) => `${named(name)} alone serves`,
    aloneWhy: "Failover is off.",
    backTo: (route: string) => `Back to ${route}`,

    probing: (name: string) => `Finding out whether ${named(name)} is back`,
    probingWhy: "One request is trying it. The next ones wait for its result.",

    allOut: "No member can serve now",
    aloneOut: (name: string) => `${named(name)} can’t serve now`,
    soonest: (name: string) => `${named(name)} is the soonest, in ${countdown}.`,
    soonestUnknown: "When one is back is not known. Try one now, or see what each of them says.",

    needsCredential: (name: string) => `${named(name)} needs a key or a login`,
    nobodyHasCredential: "No member has a key or a login yet",
    needsCredentialWhy: "Nothing can be served before one has.",
    giveKey: "Give it a key",

    protected: "Protected",
    protectedBy: (ready: string, total: string) => `${ready} of ${total} ready`,
    unprotected: "Not protected",
    onlyOne: (name: string) => `only ${name} works`,
    noneWorks: "no member works",
    factRequests: "requests today",
    factSaved: "saved by failover today",
    factFailed: "failed today",

    route: "In use",
    routeUnset: "Choose what serves",
    balancers: "Load balancers",
    singles: "One profile alone",
    practiceRoute: (name: string) => `${name} (practice)`,

    practiceTitle: "Practice.",
    practiceText: "These providers are simulated: no key, no account, no cost. Break one and send a request.",

    members: (route: string) => `Members of ${route}`,
    practice: "simulated",
    firstContent: "First content, ms",
    lastMinutes: "Last 30 min",
    lastMinutesRate: (rate: string) => `Last 30 min, ${rate}`,
    bars: (ok: string, failed: string) => `${ok} answered, ${failed} failed in the last 30 minutes`,
    barsNone: "No request in the last 30 minutes",
    limitLeft: "Limit left",
    noData: "no data yet",
    notReported: "not reported",
    tryNow: "Try now",
    tryNowNamed: (name: string) => `Try ${name} now`,
    triedNow: (name: string) => `${name} may be tried again.`,
    servedSome: (count: string) => `${count} served since the start`,
    standsBy: "Stands by",
    noneServed: "No request yet",
  },

  fault: {
    menu: (name: string) => `Break or mend ${name}`,
    break: "Break",
    broken: "Broken",
    choose: "From now on it",
    "rate-limit": "answers 429",
    "server-error": "answers 500",
    refuse: "refuses the connection",
    hang: "never answers",
    "reject-key": "rejects its key",
    "break-stream": "breaks off in mid-answer",
    mend: "Mend",
  },

  feed: {
    title: "Requests",
    live: "live",
    empty: "None yet. They appear here the moment they come in.",
    time: "Time",
    tool: "Tool",
    format: "Format",
    asked: "Asked for",
    route: "Route",
    firstContent: "First content",
    total: "Total",
    tokens: "Tokens",
    cost: "Cost",
    unknownTool: "not reported",
    unknown: "–",
    skipped: (name: string) => `${name} skipped`,
    failed: (name: string, why: string) => `${name} ${why}`,
    truncated: "broke off",
    cancelled: "cancelled",
    refused: (status: string) => `${status} to the tool`,
    open: (time: string) => `Show the trail of the request at ${time}`,
  },

  trail: {
    title: "The trail of one request",
    close: "Close the trail",
    asked: "Asked for",
    answered: "Answered by",
    stream: "as a stream",
    whole: "as a whole",
    to: "Sent to",
    ended: "Ended",
    endings: {
      served: "served",
      failed: "failed",
      truncated: "broke off after it had begun",
      cancelled: "cancelled by the tool",
    },
    withStatus: (ending: string, status: string) => `${ending}, ${status}`,
    error: "Error",
    steps: "Who was asked",
    noSteps: "No member was asked.",
    served: "served",
    skipped: "skipped",
    failed: "failed",
    again: (why: string) => `The same member once more: ${why}`,
    took: (start: string, took: string) => `at ${start}, for ${took}`,
    notes: "Left out or changed",
    id: "Request id",
    copyId: "Copy",
    idCopied: "Request id copied.",
    total: "Total",
  },

  findings: {
    label: "What to know about it",
  },

  failover: {
    lead: "Who serves, in which order, and how the load is shared.",
    membersCount: (count: number) => (count === 1 ? "1 member" : `${String(count)} members`),
    inUse: "in use",
    isDefault: "default",
    practice: "simulated",
    problems: (count: number) => (count === 1 ? "1 remark" : `${String(count)} remarks`),

    none: "No load balancer yet",
    noneWhy: "A load balancer is a list of profiles. When one of them fails, the next one answers.",
    noneYet: "A load balancer is a list of at least two profiles. Create the profiles first.",

    create: "New load balancer",
    createNow: "Create",
    cancel: "Cancel",
    created: (name: string) => `${name} created.`,
    name: "Name",
    nameHint: "Tools may ask for it by this name in place of a model.",
    needsTwo: "Choose at least two: one alone has nobody to fall back on.",
    membersHint: "They are tried in the order in which you tick them. You can drag them later.",

    policy: "Who serves next",
    policies: {
      failover: "Failover",
      roundrobin: "Round-robin",
      weighted: "Weighted",
    },
    policyWhy: {
      failover: "The first that works serves. Drag to set the order.",
      roundrobin: "Each serves in its turn, so there is no order to drag.",
      weighted: "Each gets its share of the requests. The shares decide, so there is no order to drag.",
    },
    policySaved: (policy: string) => `Policy is ${policy} now.`,

    useNow: "Use now",
    inUseMark: "In use",
    setDefault: "Set as default",
    defaultMark: "Default",
    more: (name: string) => `More for ${name}`,
    delete: "Delete",
    deleted: (name: string) => `${name} deleted.`,
    practiceWhy: "Its members are simulated.",

    empty: "It has no members. Add the profiles that should serve.",
    add: "Add a member",
    added: (name: string) => `${name} added.`,
    noCandidates: "Every profile is a member.",
    order: "Members, in the order in which they are tried",
    membersLabel: "Members",

    rowMenu: (name: string) => `More for ${name}`,
    moveUp: "Move up",
    moveDown: "Move down",
    remove: "Remove",
    removed: (name: string) => `${name} removed.`,
    moved: (name: string, place: string) => `${name} is ${place} now.`,
    place: (place: string, of: string) => `${place} of ${of}`,

    handle: (name: string) => `Move ${name}`,
    dragInstructions:
      "Press Space to pick the member up. Then the arrow keys move it, Space drops it, and Escape puts it back.",
    pickedUp: (name: string) => `Picked up ${name}. Arrow keys move it, Space drops it, Escape puts it back.`,
    over: (name: string, place: string) => `${name} would be ${place}.`,
    dropped: (name: string, place: string) => `${name} dropped. It is ${place} now.`,
    putBack: (name: string) => `${name} put back.`,

    share: (name: string) => `Share of ${name}`,
    sharePercent: (name: string) => `Share of ${name}, in percent`,
    weightsSaved: "Shares saved.",
  },
} as const;
