import { strings } from "../strings.ts";
import type { LiveFrame, Operations } from "./generated.ts";
import { HostError, type Host } from "./host.ts";
import { eventsOf } from "./events.ts";

/** Where the engine's own routes are, seen from the page, which lies under `ui/`. */
const ROUTES = new URL("../", document.baseURI);

/** Under what the session's key is kept for this tab. The cookie that belongs to it is out of the page's reach. */
const KEY = "mainstay-session";

/** How long after a lost subscription it is tried again, in milliseconds; the last holds from then on. */
const PAUSES = [250, 1000, 2000, 5000] as const;

/** How often it is tried again before the window says that nobody answers. */
const TRIES = 4;

/** Whether the page was served by a gateway, and so is in a browser. */
export const isServed = () => location.pathname.includes("/_mainstay/ui/");

/** A browser as host: asks the gateway that the page came from, by fetch and server-sent events. */
export const httpHost: Host = {
  async version() {
    const { version } = (await asked("version")) as { version: string };
    return version;
  },

  async perform<Name extends keyof Operations>(operation: Name, input: Operations[Name]["input"]) {
    const answer = await asked(`operations/${operation}`, input);
    return answer as Operations[Name]["output"];
  },

  watch(onFrame, onLost) {
    const stop = new AbortController();
    void follow(onFrame, stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted && error instanceof HostError) onLost?.(error);
    });
    return () => {
      stop.abort();
    };
  },

  async copyText(text) {
    await intoClipboard(Promise.resolve(text));
  },

  openAddress(address) {
    const { protocol } = new URL(address, "about:blank");
    if (protocol !== "https:" && protocol !== "http:") {
      const { browser } = strings;
      return Promise.reject(new HostError("address_refused", browser.addressMessage, browser.addressHint));
    }
    window.open(address, "_blank", "noopener,noreferrer");
    return Promise.resolve();
  },

  async copyToken(text = "{token}") {
    // A browser has no shell that could do it: the token passes through the page, and is kept nowhere in it.
    await intoClipboard(
      asked("door-token").then((answer) => text.replaceAll("{token}", (answer as { token: string }).token)),
    );
  },
};

/** Trades the one-time code of the page's address for a session, once for all who ask; the code is then gone from it. */
let opening: Promise<string> | undefined;

async function sessionKey(): Promise<string> {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code !== null) {
    history.replaceState(null, "", location.pathname + location.search);
    opening = trade(code);
  }
  const key = await (opening ?? Promise.resolve(sessionStorage.getItem(KEY)));
  if (key === null) throw new HostError("session_closed", strings.browser.closedMessage, strings.browser.closedHint);
  return key;
}

async function trade(code: string): Promise<string> {
  const answer = await reached("session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
  });
  const { key } = (await heard(answer)) as { key: string };
  sessionStorage.setItem(KEY, key);
  return key;
}

/** What a route answers; with an input it is asked by POST. */
async function asked(route: string, input?: unknown): Promise<unknown> {
  const key = await sessionKey();
  const headers = { "x-mainstay-session": key };
  const body = JSON.stringify(input);
  const request = input === undefined ? { headers } : { headers, method: "POST", body };
  return heard(await reached(route, request));
}

async function reached(route: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(new URL(route, ROUTES), { ...request, cache: "no-store", redirect: "error" });
  } catch (cause) {
    throw unreachable(cause);
  }
}

/** An answer's content, or the refusal that it is. */
async function heard(answer: Response): Promise<unknown> {
  let content: unknown;
  try {
    content = await answer.json();
  } catch (cause) {
    throw unreachable(cause);
  }
  if (answer.ok) return content;
  throw isProblem(content) ? new HostError(content.code, content.message, content.hint) : unreachable(content);
}

/**
 * Follows the engine for as long as it answers. Each subscription begins with the whole state, so after a break the page is
 * in step again at once. A refusal ends it: asking again would not change it.
 */
async function follow(onFrame: (frame: LiveFrame) => void, signal: AbortSignal): Promise<void> {
  for (let failures = 0; ;) {
    try {
      const answer = await reached("watch", { headers: { "x-mainstay-session": await sessionKey() }, signal });
      if (!answer.ok || !answer.body) await heard(answer);
      else {
        for await (const event of eventsOf(answer.body)) {
          if (signal.aborted) return;
          failures = 0;
          onFrame(JSON.parse(event) as LiveFrame);
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof HostError && error.code !== "engine_unreachable") throw error;
    }
    failures += 1;
    if (failures > TRIES) throw unreachable(undefined);
    await pause(PAUSES[Math.min(failures, PAUSES.length) - 1] ?? 0, signal);
    if (signal.aborted) return;
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** A browser lets only a gesture write, and a promise made in one still counts as one. */
async function intoClipboard(text: Promise<string>): Promise<void> {
  try {
    const item = new ClipboardItem({ "text/plain": text.then((it) => new Blob([it], { type: "text/plain" })) });
    await navigator.clipboard.write([item]);
  } catch (cause) {
    // Where the text itself could not be had, that is what there is to say.
    await text;
    throw new HostError("clipboard_refused", strings.clipboard.refusedMessage, strings.clipboard.refusedHint, {
      cause,
    });
  }
}

const unreachable = (cause: unknown) =>
  new HostError("engine_unreachable", strings.browser.unreachableMessage, strings.browser.unreachableHint, { cause });

function isProblem(content: unknown): content is { code: string; message: string; hint: string } {
  if (typeof content !== "object" || content === null) return false;
  return ["code", "message", "hint"].every((key) => typeof (content as Record<string, unknown>)[key] === "string");
}
