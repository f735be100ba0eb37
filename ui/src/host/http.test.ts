import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { eventsOf } from "./events.ts";
import type { LiveFrame } from "./generated.ts";

const frame = (profilesChanged: boolean): LiveFrame => ({ state: null, exchanges: [], profilesChanged });
const json = (content: unknown, status = 200) => new Response(JSON.stringify(content), { status });

interface Asked {
  route: string;
  method: string;
  key: string | null;
  body: unknown;
}

let calls: Asked[];
let answers: ((asked: Asked) => Response | Promise<Response>)[];

/** A fresh page: the module keeps the session that it opened. */
async function page(hash = "") {
  vi.resetModules();
  history.replaceState(null, "", `/_mainstay/ui/${hash}`);
  document.head.innerHTML = "";
  const { httpHost, isServed } = await import("./http.ts");
  expect(isServed()).toBe(true);
  return httpHost;
}

beforeEach(() => {
  sessionStorage.clear();
  calls = [];
  answers = [];
  vi.stubGlobal("fetch", async (url: URL, request: RequestInit) => {
    request.signal?.throwIfAborted();
    const asked = {
      route: url.pathname,
      method: request.method ?? "GET",
      key: new Headers(request.headers).get("x-mainstay-session"),
      body: typeof request.body === "string" ? (JSON.parse(request.body) as unknown) : null,
    };
    calls.push(asked);
    const answer = answers.shift();
    if (!answer) throw new TypeError("Failed to fetch");
    return answer(asked);
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  history.replaceState(null, "", "/");
});

test("the code of the address is traded once, leaves the address, and its key comes with every request", async () => {
  const host = await page("#code=once");
  answers = [() => json({ key: "k" }), () => json({ version: "1.2.3" }), () => json([])];
  await expect(Promise.all([host.version(), host.perform("prices", {})])).resolves.toEqual(["1.2.3", []]);
  expect(location.hash).toBe("");
  expect(calls).toEqual([
    { route: "/_mainstay/session", method: "POST", key: null, body: { code: "once" } },
    { route: "/_mainstay/version", method: "GET", key: "k", body: null },
    { route: "/_mainstay/operations/prices", method: "POST", key: "k", body: {} },
  ]);
});

test("a tab that was reloaded goes on with its session, and one without is told how to get one", async () => {
  sessionStorage.setItem("mainstay-session", "kept");
  answers = [() => json({ version: "1" })];
  await (await page()).version();
  expect(calls[0]?.key).toBe("kept");
  sessionStorage.clear();
  await expect((await page()).version()).rejects.toMatchObject({ code: "session_closed", hint: /mainstay ui/ });
  expect(calls).toHaveLength(1);
});

test("refusals keep their words, and what is no answer is a gateway that can't be reached", async () => {
  sessionStorage.setItem("mainstay-session", "k");
  const host = await page();
  const problem = { code: "profile_changed", message: "The file changed.", hint: "Reload it." };
  answers = [() => json(problem, 422), () => new Response("<html>"), () => json({ oops: true }, 500)];
  await expect(host.perform("profiles", {})).rejects.toMatchObject({ name: "HostError", ...problem });
  for (let time = 0; time < 3; time += 1) {
    await expect(host.perform("profiles", {})).rejects.toMatchObject({ code: "engine_unreachable" });
  }
});

/** An answer of events that stays open, and the way to send and to break it. */
function stream() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(it) {
      controller = it;
    },
  });
  const send = (text: string) => controller?.enqueue(new TextEncoder().encode(text));
  return { answer: () => new Response(body), send, end: () => controller?.close() };
}

test("frames come as they are sent, a break is followed by a new subscription, and a stop ends it", async () => {
  vi.useFakeTimers();
  sessionStorage.setItem("mainstay-session", "k");
  const host = await page();
  const [first, second] = [stream(), stream()];
  answers = [first.answer, second.answer];
  const frames: LiveFrame[] = [];
  const onLost = vi.fn();
  const stop = host.watch((it) => frames.push(it), onLost);
  first.send(`:\n\ndata: ${JSON.stringify(frame(false))}\n\ndata: {"state":null,`);
  await vi.waitFor(() => {
    expect(frames).toHaveLength(1);
  });
  first.end();
  await vi.advanceTimersByTimeAsync(250);
  second.send(`data: ${JSON.stringify(frame(true))}\n\n`);
  await vi.waitFor(() => {
    expect(frames).toEqual([frame(false), frame(true)]);
  });
  stop();
  second.end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls.map(({ route }) => route)).toEqual(["/_mainstay/watch", "/_mainstay/watch"]);
  expect(onLost).not.toHaveBeenCalled();
});

test("a gateway that stays away is told once, and a session that is over at once", async () => {
  vi.useFakeTimers();
  sessionStorage.setItem("mainstay-session", "k");
  const host = await page();
  const gone = vi.fn();
  host.watch(() => undefined, gone);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(gone.mock.calls).toEqual([[expect.objectContaining({ code: "engine_unreachable" })]]);
  expect(calls).toHaveLength(5);
  answers = [() => json({ code: "session_closed", message: "Over.", hint: "Open it anew." }, 401)];
  const over = vi.fn();
  host.watch(() => undefined, over);
  await vi.advanceTimersByTimeAsync(0);
  expect(over.mock.calls[0]?.[0]).toMatchObject({ code: "session_closed", message: "Over." });
});

test("the token goes to the clipboard and is kept nowhere; an address that is none is not opened", async () => {
  sessionStorage.setItem("mainstay-session", "k");
  const host = await page();
  const written: string[] = [];
  class Item {
    constructor(readonly content: Record<string, Promise<Blob>>) {}
  }
  vi.stubGlobal("ClipboardItem", Item);
  const write = async ([item]: Item[]) => {
    const text = await item?.content["text/plain"];
    written.push((await text?.text()) ?? "");
  };
  Object.defineProperty(navigator, "clipboard", { value: { write }, configurable: true });
  answers = [() => json({ token: "mst_1" })];
  await host.copyToken();
  expect(written).toEqual(["mst_1"]);
  expect([sessionStorage.length, sessionStorage.getItem("mainstay-session")]).toEqual([1, "k"]);

  const opened = vi.spyOn(window, "open").mockReturnValue(null);
  await expect(host.openAddress("javascript:alert(1)")).rejects.toMatchObject({
    name: "HostError",
    code: "address_refused",
  });
  expect(opened).not.toHaveBeenCalled();
  await host.openAddress("https://provider.example/login");
  expect(opened).toHaveBeenCalledWith("https://provider.example/login", "_blank", "noopener,noreferrer");
});

test("events are read across the pieces they come in", async () => {
  const pieces = ["data: a", "b\n", "\ndata:c\ndata: d\n\n:beat\n\n", "data: é".slice(0, 7), "\n\ndata: cut"];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  const events: string[] = [];
  for await (const event of eventsOf(body)) events.push(event);
  expect(events).toEqual(["ab", "c\nd", "é"]);
});
