/**
 * Every word that the window says, in one place, ready for translation.
 *
 * House style: plain English, sentence case, no exclamation marks. What is typed into a terminal stands between
 * backticks (see Words.tsx); names and countdowns inside a sentence are marked (see words.ts); whole commands are not
 * language and live beside the component that shows them. The words of a large place stand in a part of their own.
 */
import { commandBar } from "./command-bar/strings.ts";
import { connect } from "./places/connect/strings.ts";
import { foresight } from "./places/failover/foresight-strings.ts";
import { starters } from "./places/failover/strings.ts";
import { requests } from "./places/requests/strings.ts";
import { accounts } from "./places/accounts/strings.ts";
import { help } from "./help/strings.ts";
import { formWords } from "./places/profiles/form-strings.ts";
import { provider as ofProvider } from "./places/profiles/provider-strings.ts";
import { settings } from "./places/settings/strings.ts";
import { welcome } from "./places/live/welcome/strings.ts";
import { countdown, named } from "./words.ts";

export const strings = {
  product: "Mainstay",

  frame: {
    places: "Places",
    live: "Live",
    profiles: "Profiles",
    failover: "Failover",
    requests: "Requests",
    connect: "Connect",
    accounts: "Accounts",
    settings: "Settings",
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
    bytes: (value: string) => `${value} B`,
    kibibytes: (value: string) => `${value} KiB`,
    mebibytes: (value: string) => `${value} MiB`,
    gibibytes: (value: string) => `${value} GiB`,
  },

  secrets: {
    choice: "Where keys are kept",
    keep: {
      file: "Keep keys in an encrypted file",
      keyring: "Use the keyring",
      "this-run": "This run only",
    },
    chosen: {
      file: "Keys are kept in an encrypted file from now on.",
      keyring: "Keys are kept by the keyring from now on.",
      "this-run": "Keys are forgotten when Mainstay ends. Accounts is where you can change that.",
    },
    startThisRun: "Start without stored keys",
    startThisRunWhy:
      "Without stored keys the profiles that use them can’t serve in this run; nothing stored is touched.",
    otherPort: "Use the next free port",
    otherPortWhy:
      "It counts from now on. Tools that are pointed at the old address must follow; Connect has the new one.",
    setAside: "Begin with new keys",
    setAsideWhy:
      "The stored keys and logins are moved aside, to a file beside the old one, and nothing is deleted. Then log in again and enter your keys again. Profiles, load balancers and the history stay as they are.",
    setAsideNow: "Move them aside and start",
    leave: "Leave them",
  },

  quit: {
    title: "Quit Mainstay?",
    why: "These tools were here within the last day. They fail until Mainstay runs again.",
    now: "Quit",
    stay: "Keep running",
  },

  clipboard: {
    refusedMessage: "The system did not let Mainstay use the clipboard.",
    refusedHint: "Select the text and copy it with the keyboard.",
  },

  shell: {
    unreachableMessage: "The window can’t reach the program behind it.",
    unreachableHint: "Close the window and start Mainstay again.",
  },

  browser: {
    unreachableMessage: "The gateway that this page came from does not answer.",
    unreachableHint: "Start it again with mainstay serve --ui, and open the address that it prints.",
    closedMessage: "This tab is not connected to the gateway.",
    closedHint: "Run mainstay ui, and open the address that it prints. It works once.",
    addressMessage: "That is no address of a web page.",
    addressHint: "Nothing was opened.",
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
    "at-limit": "At its limit",
    "taken-out": "Taken out",
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

  welcome,

  live: {
    asking: "Looking for the gateway",

    lost: "The gateway can’t be reached",
    stopped: "The gateway has stopped",
    notStarted: "The gateway did not start",
    followAgain: "Try again",

    nothingActive: "Nothing is set to serve",
    nothingActiveWhy: "Choose a load balancer or a profile for requests that name none.",
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
    idleWhy:
      "No request has come yet. Give a tool the address and the token: both can be copied under “Gateway running”.",

    sharing: (names: string) => `${names} share the load`,
    share: (name: string, percent: string) => `${named(name)} ${percent}`,
    shares: (shares: string) => `By weight: ${shares}.`,
    shareMeant: (percent: string) => `Share ${percent}`,
    turns: "Each in its turn, the same number of requests.",
    sharesOfConversations: (shares: string) => `By weight, of conversations: ${shares}.`,
    turnsOfConversations: "Each in its turn, the same number of conversations.",

    pinned: (name: string) => `Pinned to ${named(name)} until you unpin.`,
    pinVoid: (name: string) => `It was pinned to ${named(name)}, which is no longer in its list.`,
    unpinRoute: "Unpin",

    offline: "Nothing can be reached: this machine seems to be offline.",
    offlineWhy: "No member is marked for it. Requests are served again as soon as the network is back.",

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
    giveKey: (name: string) => `Give ${name} a key`,
    needsLogin: (name: string) => `${named(name)} needs a login`,
    needsLoginWhy: "Its login has ended or was never made. Nothing can be served before it is there.",
    logIn: "Log in",

    alsoInUse: (routes: string) => `Also asked for by name in the last 5 minutes: ${routes}.`,
    alsoOne: (route: string, requests: string) => `${named(route)} (${requests})`,
    outside: (route: string, profiles: string) => `Outside ${route}: ${profiles}.`,
    outsideOne: (name: string, state: string) => `${named(name)} (${state.toLowerCase()})`,
    outsideMore: (count: string) => `${count} more`,

    protected: "Protected",
    protectedBy: (ready: string, total: string) => `${ready} of ${total} ready`,
    unprotected: "Not protected",
    onlyOne: (name: string) => `only ${name} works`,
    noneWorks: "no member works",
    factRequests: "requests today",
    factSaved: "saved by failover today",
    factFailed: "failed today",
    factCost: "spent today",
    factCostAtLeast: "spent today at least; some costs are unknown",

    route: "In use",
    routeUnset: "Choose what serves",
    balancers: "Load balancers",
    singles: "One profile alone",
    practiceRoute: (name: string) => `${name} (practice)`,

    practiceTitle: "Practice.",
    practiceText: "These providers are simulated: no key, no account, no cost. Break one and send a request.",
    practiceSend: "Send a request",
    practiceFailed: "The request was not answered.",

    members: (route: string) => `Members of ${route}`,
    practice: "simulated",
    firstContent: "First content, ms",
    lastMinutes: "Last 30 min",
    lastMinutesRate: (rate: string) => `Last 30 min, ${rate}`,
    bars: (ok: string, failed: string) => `${ok} answered, ${failed} failed in the last 30 minutes`,
    barsNone: "No request in the last 30 minutes",
    limitLeft: "Limit left",
    limitWindow: (name: string, left: string) => `${name}: ${left}`,
    limitCount: (left: string, of: string) => `${left} of ${of}`,
    limitResets: `Resets in ${countdown}.`,
    limitOthers: (count: string) => `and ${count} more`,
    noData: "no data yet",
    notReported: "not reported",
    tryNow: "Try now",
    tryNowNamed: (name: string) => `Try now: ${name}`,
    triedNow: (name: string, check: string) => `${name} may be tried again. Checked: ${check}.`,
    stillOut: (name: string, check: string) => `${name} stays out. Checked: ${check}.`,
    pin: "Pin",
    pinNamed: (name: string) => `Pin to ${name} until you unpin`,
    unpin: "Unpin",
    unpinNamed: (name: string) => `Unpin ${name}`,
    pinnedNow: (name: string) => `Requests go to ${name} first, until you unpin.`,
    unpinnedNow: (route: string) => `${route} chooses by its policy again.`,
    isPinned: "pinned",
    servedSome: (count: string) => `${count} served`,
    standsBy: "Stands by",
    noneServed: "No request yet",
  },

  fault: {
    menu: (state: string, name: string) => `${state}: ${name}`,
    faults: (name: string) => `Faults of ${name}`,
    break: "Break",
    broken: "Broken",
    choose: "From now on it",
    "rate-limit": "answers 429",
    "server-error": "answers 503",
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
    about: (tokens: string) => `about ${tokens}`,
    cost: "Cost",
    included: "included",
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
    idCopied: "Copied",
    total: "Total",
  },

  findings: {
    label: "What to know about it",
    fixed: (name: string) => `${name} put right.`,
    saveFirst: "Save or discard your changes first.",
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
    noneYet: "A load balancer is a list of at least two profiles. A starter creates them with it.",

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
    sticky: "Keep conversations where they are",
    stickyWhy:
      "A conversation stays with the member that began it. That keeps prompt caches and account-bound reasoning valid; shares are then of conversations.",
    stickyOn: "Conversations stay where they are.",
    stickyOff: "Each request is placed by itself.",
    failback: "Back to the first choice",
    failbacks: {
      conversation: "With the next conversation",
      "at-once": "At once",
      never: "Never",
    },
    failbackWhy: {
      conversation: "A conversation that has moved stays until its member fails or it rests for five minutes.",
      "at-once": "Each request starts at the top of the list.",
      never: "It stays with the member that it has moved to until that one fails.",
    },
    failbackSaved: (when: string) => `Back to the first choice: ${when}.`,
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
    noCandidates: "There is no other profile to add.",
    order: "Members, in the order in which they are tried",
    membersLabel: "Members",

    rowMenu: (name: string) => `More for ${name}`,
    moveUp: "Move up",
    moveDown: "Move down",
    pin: "Pin to it",
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

    starters,
    foresight,
  },

  profiles: {
    lead: "Which provider and model answer, and how. One file each, in",
    list: "Profiles",
    create: "New profile",
    none: "No profile yet",
    noneWhy: "A profile says which provider and model answer. One is enough to begin; two protect each other.",
    unsaved: "Unsaved changes",
    allSaved: "All saved",
    usedBy: (names: string) => `Listed by ${names}`,
    usedByNone: "In no load balancer",
    credentialEnds: (source: string, lastFour: string) => `${source}, ends in ${lastFour}`,
    broken: (name: string) => `${name} can’t be read.`,
    brokenAt: (line: string, reason: string) => `Line ${line}: ${reason}`,

    ofProvider,
    form: formWords,

    views: "Views of the profile",
    tabs: { form: "Form", json: "JSON" },

    name: "Name",
    nameHint: "Also the name of its file, and what tools may ask for in place of a model.",
    provider: "Provider",
    providerChoose: "Choose one",
    model: "Model",
    models: "Models to choose from",
    modelHint: "From the list, or any other that the provider has.",
    contextOf: (tokens: string) => `${tokens} tokens`,
    modelFetched: "fetched",

    params: "Parameters",
    paramsWhy: "They fill in what a tool leaves out.",
    unset: "not set",
    temperatureHint: "0 to 2; low is steady, high is varied",
    maxTokensHint: "The longest answer, in tokens",
    capped: (tokens: string) => `More than the model gives: sent as ${tokens}.`,
    others: "Other parameters",
    paramAdd: "Add a parameter",
    paramName: (at: string) => `Name of parameter ${at}`,
    paramValue: (at: string) => `Value of parameter ${at}, as JSON`,
    paramRemove: (at: string) => `Remove parameter ${at}`,

    settings: "Limits and address",
    contextHint: "Tokens; a longer request tries this member last",
    contextHintModel: (tokens: string) => `Tokens, the model takes ${tokens}; a longer request tries this member last`,
    timeoutHint: "Milliseconds to the first content, then the next member",
    baseUrlHint: "Only if it is not the provider’s own address",
    baseUrlHintNeeded: "This provider has no address of its own",

    daily: "Daily limit",
    dailyWhy: "At the limit it is passed over until midnight. Empty means no limit.",
    dailyRequests: "Requests a day",
    dailyRequestsHint: "Requests that it serves",
    dailyUsd: "US dollars a day",
    dailyUsdHint: "At the catalogue’s prices, as far as they are known",

    save: "Save",
    discard: "Discard changes",
    saved: (name: string) => `${name} saved.`,
    created: (name: string) => `${name} created.`,
    keyLater: "Then give it its key.",
    delete: "Delete",
    deleted: (name: string) => `${name} deleted.`,
    practiceWhy: "This provider is simulated. Its profile can’t be changed.",

    conflict: "The file changed on disk while you were editing.",
    conflictWhy:
      "Reload takes the file and drops your changes. Overwrite saves yours over it; what is there now stays among its earlier versions.",
    onDisk: "On disk now",
    yours: "In the editor",
    reload: "Reload",
    overwrite: "Overwrite",

    file: {
      rename: "Rename",
      renameUnsaved: "Rename (save first)",
      renameWhy: "Load balancers that list it, its key and what it has spent today follow.",
      renamed: (from: string, to: string) => `${from} is ${to} now.`,
      duplicate: "Duplicate",
      duplicateWhy: "The copy has no key yet.",
      duplicated: (name: string) => `${name} created.`,
      copyOf: (name: string) => `${name} copy`,
      newName: "New name",
      delete: "Delete",
      listed: (name: string, lists: string) => `${name} is listed by ${lists}.`,
      listedWhy: "It can go from there too, in one step. Undo brings all of it back.",
      deleteFromLists: "Remove from those and delete",
      keep: "Keep it",
      versions: "Earlier versions",
      versionsWhy: "The last ten, without keys. Choose one to see it beside the file.",
      versionsNone: "There is none yet: nothing has been replaced.",
      until: (moment: string) => `Until ${moment}`,
      now: "On disk now",
      earlier: "Earlier",
      restore: "Restore",
      restored: (name: string) => `${name} restored.`,
      close: "Close",
    },

    lock: {
      somebody: "an unknown process",
      process: (pid: string) => `process ${pid}`,
      held: (who: string) => `The profiles are locked by ${who}.`,
      heldSince: (who: string, since: string) => `The profiles have been locked by ${who} since ${since}.`,
      gone: "That process no longer runs, so it left the lock behind. While it is there, nothing can be saved.",
      alive:
        "A process of that number runs, perhaps another by now. Remove the lock only if nothing is writing profiles.",
      unknown: "Whether it still runs is not known. Remove the lock only if nothing is writing profiles.",
      remove: "Remove the lock",
      removeNow: "Remove it now",
      leave: "Leave it",
    },

    invalid: {
      nameEmpty: "Give it a name.",
      nameSeparator: "A name can’t hold a slash or a backslash.",
      nameReserved: "This can’t be the name of a file. Choose another.",
      nameLong: "This is too long for a file’s name.",
      nameTaken: "There is one of this name already.",
      provider: "Choose a provider.",
      model: "Choose or type a model.",
      baseUrl: "An address begins with https:// or http://.",
      baseUrlNeeded: "This provider needs an address.",
      temperature: "A number from 0 to 2.",
      whole: "A whole number above 0.",
      usd: "An amount above 0, for example 5 or 2.50.",
      paramName: "Give the parameter its name.",
      paramValue: "Not JSON. Put text between double quotes.",
      paramTwice: "This parameter is set twice.",
      paramRange: (name: string, range: string) => `${name} is ${range}.`,
      mapAsked: "Say which model is asked for, or use *.",
      mapServes: "Say which model serves.",
      mapTwice: "There is a rule for this already.",
    },

    key: {
      title: "Key",
      setLabel: "Key",
      replaceLabel: "New key",
      hint: "It goes into the secret store and is never shown again.",
      set: "Set",
      replace: "Replace",
      forget: "Forget",
      forgetNow: "Forget it for good",
      keep: "Keep it",
      kept: (name: string) => `Key of ${name} kept.`,
      forgotten: (name: string) => `Key of ${name} forgotten.`,
      confirmOrigin: "Send the key there",
      originConfirmed: (name: string) => `${name} may send its key to its address.`,
    },

    check: {
      action: "Check",
      busy: "Checking",
      why: "Asks the provider whether its address answers and the key is accepted. It costs nothing.",
      address: "Address",
      key: "Key",
    },

    test: {
      action: "Test",
      busy: "Testing",
      why: (cost: string) => `A test sends one tiny real request: ${cost}.`,
      savedOnly: (cost: string) => `A test sends one tiny real request to the profile as it is saved: ${cost}.`,
      costs: (usd: string, tokens: string) => `at most ${tokens} tokens, about ${usd}`,
      lessThan: (usd: string) => `less than ${usd}`,
      included: "it costs nothing",
      costUnknown: (tokens: string) => `at most ${tokens} tokens, at a price that is not known`,
      answered: (took: string) => `Answered in ${took}.`,
      failed: (took: string) => `No answer after ${took}.`,
      said: (answer: string) => `“${answer}”`,
    },
  },

  connect,
  requests,

  accounts,
  settings,

  help,

  commandBar,
} as const;
