import type {
  ExchangeRow,
  Finding,
  LiveMember,
  LiveState,
  LockHolderView,
  Minute,
  NetworkView,
  PriceView,
  ProfileDetail,
  ProviderView,
  RetentionDraft,
  SecretsNotice,
  SharesView,
} from "./generated.ts";
import type { HostError } from "./host.ts";

/** What few profiles say. */
type Later = "settings" | "models" | "always";

/** A profile as a rehearsal holds it: its file, and what its member does now. */
export interface Player extends Omit<ProfileDetail, "text" | "fingerprint" | "usedBy" | Later> {
  live: Partial<LiveMember>;
  findings?: Finding[];
  settings?: ProfileDetail["settings"];
  models?: ProfileDetail["models"];
  always?: ProfileDetail["always"];
  /** Its file, where that is not simply what the rest says. */
  text?: string;
}

/** A balancer as a rehearsal holds it. */
export interface Cast {
  name: string;
  policy: string;
  members: { profile: string; weight: number }[];
  sticky?: boolean;
  failback?: string;
  /** The member that it is pinned to. */
  pinned?: string | null;
  findings: Finding[];
  practice: boolean;
}

/** All that a rehearsal knows. Tests change it and call {@link Rehearsal.changed}. */
export interface World {
  /** The engine's clock. */
  now: number;
  active: string | null;
  default: string | null;
  profiles: Player[];
  balancers: Cast[];
  exchanges: ExchangeRow[];
  today: LiveState["today"];
  notice: SecretsNotice | null;
  history: LiveState["history"];
  /** How the load was shared. */
  shares: SharesView[];
  network: NetworkView;
  retention: RetentionDraft;
  prices: PriceView[];
  catalogue: ProviderView[];
  folder: string;
  /** Files that can't be read. */
  broken?: { name: string; text: string }[];
  /** Which archive lies on the disk: another name, another file. */
  archive?: string;
  /** The lock over the profiles. */
  lock?: LockHolderView | null;
  /** Since when nothing can be reached. */
  offline: number | null;
  /** The engine can't be reached. */
  gone: HostError | null;
}

/** A minute in which nothing happened, thirty times. */
export const quietMinutes = (): Minute[] => Array.from({ length: 30 }, () => ({ ok: 0, failed: 0 }));

/** Of a profile whose provider asks for none. */
export const keyless = { usable: true, source: "needs no key", problem: null, lastFour: null, ownKey: false };
/** Of a profile that has none. */
export const noKey = {
  usable: false,
  source: "no key yet",
  problem: "needs_credential",
  lastFour: null,
  ownKey: false,
};

/** A profile of that name that says nothing yet and has no key. */
export function newPlayer(name: string): Player {
  return {
    name,
    provider: "",
    model: "",
    params: {},
    contextLimit: null,
    baseUrl: null,
    timeoutMs: null,
    dailyRequests: null,
    dailyUsd: null,
    practice: false,
    testCost: { included: false, tokens: 84, usd: null },
    live: { state: "needs-credential" },
    credential: noKey,
  };
}
