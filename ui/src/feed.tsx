import { createContext, use, useCallback, useEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import type { ExchangeRow, LiveFrame, LiveState } from "./host/generated.ts";
import { useHost, type Host, type HostError } from "./host/host.ts";

/** How many exchanges the window keeps; older ones leave the list. */
const KEPT = 200;

/** What is known of the engine now. */
export interface Live {
  /** The last whole state; undefined until the first frame. */
  state: LiveState | undefined;
  /** Newest first. */
  exchanges: readonly ExchangeRow[];
  /** The engine's clock less ours, in milliseconds. */
  skew: number;
  /** Why no frame comes any more. */
  lost: HostError | undefined;
}

/**
 * Holds what the engine pushes, for every component that shows it.
 *
 * While the window is hidden, frames are kept and nobody is told, so nothing repaints; the first moment it is seen again
 * it shows the present.
 */
export class Feed {
  #live: Live = { state: undefined, exchanges: [], skew: 0, lost: undefined };
  #told = this.#live;
  readonly #listeners = new Set<() => void>();
  readonly #host: Host;
  readonly #onProfilesChanged: () => void;

  constructor(host: Host, onProfilesChanged: () => void) {
    this.#host = host;
    this.#onProfilesChanged = onProfilesChanged;
  }

  /** Follows the engine until the returned function is called. */
  readonly follow = (): (() => void) => {
    const stop = this.#host.watch(this.#take, (lost) => {
      this.#set({ ...this.#live, lost });
    });
    document.addEventListener("visibilitychange", this.#tell);
    return () => {
      document.removeEventListener("visibilitychange", this.#tell);
      stop();
    };
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly read = (): Live => this.#told;

  /** The exchanges were deleted: they are forgotten here too. */
  readonly forget = (): void => {
    this.#set({ ...this.#live, exchanges: [] });
  };

  readonly #take = (frame: LiveFrame): void => {
    const state = frame.state ?? this.#live.state;
    const skew = frame.state ? frame.state.now - Date.now() : this.#live.skew;
    this.#set({ state, skew, exchanges: joined(this.#live.exchanges, frame.exchanges), lost: undefined });
    if (frame.profilesChanged) this.#onProfilesChanged();
  };

  #set(live: Live): void {
    this.#live = live;
    this.#tell();
  }

  readonly #tell = (): void => {
    if (document.hidden || this.#told === this.#live) return;
    this.#told = this.#live;
    for (const listener of this.#listeners) listener();
  };
}

/** `more`, oldest first, put before `kept`, newest first; an exchange that is known already is replaced. */
function joined(kept: readonly ExchangeRow[], more: readonly ExchangeRow[]): readonly ExchangeRow[] {
  if (more.length === 0) return kept;
  const known = new Set(more.map((exchange) => exchange.id));
  return [...more.toReversed(), ...kept.filter((exchange) => !known.has(exchange.id))].slice(0, KEPT);
}

interface FeedAccess {
  feed: Feed;
  /** Starts to follow anew, after the engine was lost. */
  again: () => void;
}

const FeedContext = createContext<FeedAccess | null>(null);

/** Follows the engine once for the whole window. */
export function FeedProvider({ onProfilesChanged, children }: { onProfilesChanged: () => void; children: ReactNode }) {
  const host = useHost();
  const [feed] = useState(() => new Feed(host, onProfilesChanged));
  const [attempt, setAttempt] = useState(0);
  const again = useCallback(() => {
    setAttempt((last) => last + 1);
  }, []);
  useEffect(() => feed.follow(), [feed, attempt]);
  return <FeedContext value={{ feed, again }}>{children}</FeedContext>;
}

function useFeed(): FeedAccess {
  const access = use(FeedContext);
  if (!access) throw new Error("no FeedProvider above this component");
  return access;
}

/** What is known of the engine now. */
export function useLive(): Live {
  const { feed } = useFeed();
  return useSyncExternalStore(feed.subscribe, feed.read);
}

/** The way to follow the engine anew. */
export function useFollowAgain(): () => void {
  return useFeed().again;
}

/** The way to forget the exchanges that were deleted. */
export function useForget(): () => void {
  return useFeed().feed.forget;
}
