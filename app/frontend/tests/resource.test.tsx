import { act, fireEvent, render, screen, waitFor } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { BURST, useResource } from "../src/api/resource";
import { Loaded } from "../src/components/states";
import { Live } from "../src/live";
import { answer, asked, breakDown, FakeEvents } from "./backend";
import { LINES, OVERVIEW } from "./fixture";
import { WAITING } from "./fixture-release";

function Platform({ live }: { live: Live }) {
  const resource = useResource("/api/overview", { live });
  return (
    <Loaded resource={resource} what="the overview">
      {(data) => <h1>{data.platform}</h1>}
    </Loaded>
  );
}

function One({ live, id }: { live: Live; id: string }) {
  const resource = useResource("/api/releases/{release_id}", { parameters: { release_id: id }, release: id, live });
  return <h1>{resource.data?.release.id ?? resource.error?.message ?? "nothing"}</h1>;
}

function started(): Live {
  const live = new Live("/api/events", ["step"]);
  live.start();
  return live;
}

describe("what a page reads", () => {
  it("is loading, then there", async () => {
    answer("/api/overview", OVERVIEW);
    render(<Platform live={started()} />);
    expect(screen.getByText("Loading the overview …")).toBeTruthy();
    expect(await screen.findByRole("heading", { name: "slipway" })).toBeTruthy();
  });

  it("fails with a sentence and a button, and is read again when that is pressed", async () => {
    breakDown("/api/overview", "unreachable");
    render(<Platform live={started()} />);
    expect((await screen.findByRole("alert")).textContent).toContain("can't be reached");
    answer("/api/overview", OVERVIEW);
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("heading", { name: "slipway" })).toBeTruthy();
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("offers no second try for what is not there", async () => {
    answer("/api/overview", { error: "There is no such release." }, 404);
    render(<Platform live={started()} />);
    expect((await screen.findByRole("alert")).textContent).toContain("There is no such release.");
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("stays on the screen when a later read fails, and says that it is old", async () => {
    answer("/api/overview", OVERVIEW);
    const live = started();
    render(<Platform live={live} />);
    await screen.findByRole("heading", { name: "slipway" });
    breakDown("/api/overview", "unreachable");
    await act(() => {
      FakeEvents.last.say("step", {});
      vi.advanceTimersByTime(BURST);
    });
    expect((await screen.findByRole("alert")).textContent).toContain("What you see was read before.");
    expect(screen.getByRole("heading", { name: "slipway" })).toBeTruthy();
  });

  it("is read once for a burst of news", async () => {
    answer("/api/overview", OVERVIEW);
    const live = started();
    render(<Platform live={live} />);
    await screen.findByRole("heading", { name: "slipway" });
    await act(() => {
      for (let number = 0; number < 5; number += 1) FakeEvents.last.say("step", { release: "prod-app-12" });
      vi.advanceTimersByTime(BURST);
    });
    await waitFor(() => expect(asked).toHaveLength(2));
  });

  it("does not follow news of other releases, but all that have none", async () => {
    answer("/api/releases/prod-app-12", WAITING);
    const live = started();
    render(<One live={live} id="prod-app-12" />);
    await screen.findByRole("heading", { name: "prod-app-12" });
    const hear = (release: string) =>
      act(() => {
        FakeEvents.last.say("step", { release });
        vi.advanceTimersByTime(BURST);
      });
    await hear("prod-web-3");
    expect(asked).toHaveLength(1);
    await hear("prod-app-12");
    expect(asked).toHaveLength(2);
    await hear("");
    expect(asked).toHaveLength(3);
  });

  it("never shows the answer to an earlier question", async () => {
    breakDown("/api/releases/prod-app-12", "never");
    answer("/api/releases/staging-web-8", { ...WAITING, release: LINES[1] });
    const live = started();
    const { rerender } = render(<One live={live} id="prod-app-12" />);
    rerender(<One live={live} id="staging-web-8" />);
    expect(await screen.findByRole("heading", { name: "staging-web-8" })).toBeTruthy();
  });
});
