import { act, render, screen } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { liveText } from "../src/frame";
import { backoff, FIRST_WAIT, Live, LONGEST_WAIT, useLiveState, type News } from "../src/live";
import { FakeEvents } from "./backend";

function listening(): { source: Live; news: News[] } {
  const source = new Live("/api/events", ["step"]);
  const news: News[] = [];
  source.hear((one) => news.push(one));
  source.start();
  return { source, news };
}

describe("waiting before it tries again", () => {
  it.each([
    [1, FIRST_WAIT],
    [2, 2 * FIRST_WAIT],
    [3, 4 * FIRST_WAIT],
    [50, LONGEST_WAIT],
  ])("after %i failures at most %i ms, and at least half", (failures, most) => {
    expect(backoff(failures, 1)).toBe(most);
    expect(backoff(failures, 0)).toBe(most / 2);
  });
});

describe("news", () => {
  it("name the release that they are about", () => {
    const { source, news } = listening();
    FakeEvents.last.open();
    FakeEvents.last.say("step", { release: "prod-app-12" });
    FakeEvents.last.say("step", "no JSON");
    FakeEvents.last.say("step", { release: 3 });
    expect(news).toEqual([
      { kind: "step", release: "prod-app-12" },
      { kind: "step", release: "" },
      { kind: "step", release: "" },
    ]);
    expect(source.state.kind).toBe("live");
    source.stop();
    expect(FakeEvents.last.closed).toBe(true);
  });

  it("come back after a failure, with one that says that some may be missing", () => {
    const { source, news } = listening();
    FakeEvents.last.open();
    FakeEvents.last.fail();
    expect(source.state.kind).toBe("away");
    expect(FakeEvents.all).toHaveLength(1);
    vi.advanceTimersByTime(FIRST_WAIT);
    expect(FakeEvents.all).toHaveLength(2);
    expect(FakeEvents.all[0]?.closed).toBe(true);
    FakeEvents.last.open();
    expect(news).toEqual([{ kind: "gap", release: "" }]);
    source.stop();
  });

  it("wait longer after each failure, and start again once it went well", () => {
    const { source } = listening();
    for (const failures of [1, 2, 3]) {
      FakeEvents.last.fail();
      const state = source.state;
      if (state.kind !== "away") throw new Error(state.kind);
      const wait = state.until - Date.now();
      expect(wait).toBeGreaterThanOrEqual(backoff(failures, 0));
      expect(wait).toBeLessThanOrEqual(backoff(failures, 1));
      vi.advanceTimersByTime(wait);
    }
    FakeEvents.last.open();
    FakeEvents.last.fail();
    const state = source.state;
    expect(state.kind === "away" && state.until - Date.now()).toBeLessThanOrEqual(FIRST_WAIT);
    source.stop();
  });

  it("continue without a pause when the backend's process is replaced", () => {
    const { source, news } = listening();
    FakeEvents.last.open();
    FakeEvents.last.say("reconnect", {});
    expect(FakeEvents.all).toHaveLength(2);
    expect(source.state.kind).toBe("connecting");
    FakeEvents.last.open();
    expect(news).toEqual([{ kind: "gap", release: "" }]);
    source.stop();
  });

  it("of a connection that was given up change nothing", () => {
    const { source } = listening();
    const old = FakeEvents.last;
    source.start();
    old.fail();
    expect(source.state.kind).toBe("connecting");
    source.stop();
  });

  it("no longer reach who stopped listening", () => {
    const { source, news } = listening();
    const others: News[] = [];
    const stop = source.hear((one) => others.push(one));
    stop();
    FakeEvents.last.say("step", { release: "a" });
    expect([news.length, others.length]).toEqual([1, 0]);
    source.stop();
  });
});

describe("the mark", () => {
  it("says in words whether the page is live", () => {
    expect(liveText({ kind: "live" }, 0)[0]).toBe("Live");
    expect(liveText({ kind: "connecting" }, 0)[0]).toBe("Connecting");
    expect(liveText({ kind: "away", until: 4_200 }, 1_000)).toEqual([
      "Not live",
      "What you see may be old. The board tries again in 4 s.",
    ]);
  });

  it("follows the connection", async () => {
    const { source } = listening();
    const Shown = () => <output>{useLiveState(source).kind}</output>;
    render(<Shown />);
    expect(screen.getByRole("status").textContent).toBe("connecting");
    await act(() => FakeEvents.last.open());
    expect(await screen.findByText("live")).toBeTruthy();
    source.stop();
  });
});
