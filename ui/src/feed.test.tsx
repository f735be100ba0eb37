import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Countdown } from "./components/Countdown.tsx";
import { Feed, FeedProvider } from "./feed.tsx";
import { HostContext } from "./host/host.ts";
import { rehearse } from "./host/rehearsal-cases.ts";

const settled = () => Promise.resolve();

describe("the feed", () => {
  test("begins with the whole state and puts new exchanges first, each once", async () => {
    const host = rehearse("cooling");
    const feed = new Feed(host, vi.fn());
    const stop = feed.follow();
    await settled();
    const [newest] = host.world.exchanges;
    if (!newest) throw new Error("the case has no exchanges");
    expect(feed.read().exchanges.map((each) => each.id)).toEqual(host.world.exchanges.map((each) => each.id));

    host.changed({
      state: null,
      exchanges: [
        { ...newest, id: "later" },
        { ...newest, totalMs: 1 },
      ],
    });
    expect(
      feed
        .read()
        .exchanges.slice(0, 3)
        .map((each) => [each.id, each.totalMs]),
    ).toEqual([
      [newest.id, 1],
      ["later", newest.totalMs],
      [host.world.exchanges[1]?.id, host.world.exchanges[1]?.totalMs],
    ]);
    expect(feed.read().state?.active?.name).toBe("ha-failover");
    stop();
    host.changed({ exchanges: [{ ...newest, id: "too late" }] });
    expect(feed.read().exchanges[0]?.id).toBe(newest.id);
  });

  test("tells nobody while the window is hidden, and shows the present when it is seen again", async () => {
    const host = rehearse("well");
    const feed = new Feed(host, vi.fn());
    const stop = feed.follow();
    await settled();
    const told = vi.fn();
    feed.subscribe(told);
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    host.changed();
    host.world.active = null;
    host.changed();
    expect(told).not.toHaveBeenCalled();
    expect(feed.read().state?.active).not.toBeNull();

    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event("visibilitychange"));
    expect(told).toHaveBeenCalledTimes(1);
    expect(feed.read().state?.active).toBeNull();
    stop();
  });

  test("passes on that files changed", async () => {
    const host = rehearse("well");
    const changed = vi.fn();
    const stop = new Feed(host, changed).follow();
    await settled();
    host.changed();
    expect(changed).not.toHaveBeenCalled();
    host.changed({ profilesChanged: true });
    expect(changed).toHaveBeenCalledTimes(1);
    stop();
  });
});

describe("a countdown", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("runs by the engine's clock, second by second, and stops at zero", async () => {
    const host = rehearse("cooling");
    // The engine's clock is an hour ahead of ours.
    host.world.now += 3_600_000;
    const { unmount } = render(
      <HostContext value={host}>
        <FeedProvider onProfilesChanged={vi.fn()}>
          <p data-testid="left">
            <Countdown until={host.world.now + 3000} />
          </p>
        </FeedProvider>
      </HostContext>,
    );
    await act(settled);
    const seen: (string | null)[] = [];
    for (let second = 0; second < 5; second += 1) {
      seen.push(screen.getByTestId("left").textContent);
      act(() => {
        vi.advanceTimersByTime(1000);
      });
    }
    expect(seen).toEqual(["0:03", "0:02", "0:01", "0:00", "0:00"]);
    unmount();
    expect(vi.getTimerCount()).toBe(0);
  });
});
