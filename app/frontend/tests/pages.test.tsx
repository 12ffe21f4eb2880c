import { act, fireEvent, render, screen, waitFor, within } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { App, pageAt } from "../src/app";
import { BURST } from "../src/api/resource";
import { PAUSE } from "../src/components/filters";
import { rows } from "../src/components/matrix";
import { isCurrent } from "../src/frame";
import { summary } from "../src/pages/overview";
import { sentence } from "../src/pages/release";
import { applyTheme } from "../src/theme";
import { answer, asked, FakeEvents } from "./backend";
import { line, OLDER, OVERVIEW, place, RELEASES } from "./fixture";
import { BACK, ROLLING, WAITING } from "./fixture-release";

function open(path: string): void {
  window.history.replaceState(null, "", path);
  answer("/api/overview", OVERVIEW);
  answer("/api/releases", RELEASES);
  answer("/api/releases/prod-app-12", WAITING);
  answer("/api/releases/staging-web-8", BACK);
  render(<App />);
}

describe("the overview", () => {
  it("says first what needs somebody", async () => {
    open("/");
    expect(
      await screen.findByText("1 release waits for people, and the last release of 1 stack did not succeed."),
    ).toBeTruthy();
    const waits = screen.getByRole("region", { name: "Waits for people" });
    expect(within(waits).getByRole("link", { name: "prod-app-12" }).getAttribute("href")).toBe("/releases/prod-app-12");
    expect(document.title).toBe("Overview · Release board");
  });

  it("says when nothing needs anybody", () => {
    const quiet = { ...OVERVIEW, waiting: [], environments: [] };
    expect(summary(quiet)).toBe("Everything runs what was released last, and nothing waits.");
    const [dev] = OVERVIEW.environments;
    if (!dev) throw new Error("no environment");
    const frozen = { ...dev, freeze: { reason: "holidays", until: null } };
    expect(summary({ ...quiet, environments: [frozen] })).toBe("Dev is frozen.");
  });

  it("lists stacks worst first, services before infrastructure", () => {
    expect(rows(OVERVIEW.environments).map((row) => row.name)).toEqual(["web", "app", "cluster", "network"]);
  });

  it("leaves out what was never released", () => {
    const never = place("service-new", { version: null, release: "", last_release: "", last_outcome: "" });
    const [dev] = OVERVIEW.environments;
    if (!dev) throw new Error("no environment");
    expect(rows([{ ...dev, places: [never] }])).toEqual([]);
  });

  it("shows locks with their reason, and what is off", async () => {
    open("/");
    const locks = await screen.findByRole("region", { name: "Locks and freezes" });
    expect(locks.textContent).toContain("A customer shows the shop at a fair until Wednesday");
    expect(screen.getByRole("region", { name: "What the board knows" }).textContent).toContain("There is no database.");
  });

  it("says what to do while nothing was released", async () => {
    answer("/api/overview", { ...OVERVIEW, environments: [], waiting: [], history_since: null, releases: 0 });
    render(<App />);
    expect(await screen.findByText("Nothing was released yet.")).toBeTruthy();
  });

  it("follows the news without a reload", async () => {
    open("/");
    await screen.findByText(/1 release waits/);
    answer("/api/overview", { ...OVERVIEW, waiting: [] });
    await act(() => {
      FakeEvents.last.open();
      FakeEvents.last.say("step", { release: "prod-app-12" });
      vi.advanceTimersByTime(BURST);
    });
    expect(await screen.findByText(/1 release is on the way/)).toBeTruthy();
    expect(screen.getByText("Live")).toBeTruthy();
  });
});

describe("the list of releases", () => {
  it("holds its filters in the address", async () => {
    open("/releases?env=prod");
    await screen.findByRole("link", { name: "prod-app-12" });
    const environment = screen.getByLabelText("Environment");
    await waitFor(() => expect(environment).toHaveProperty("value", "prod"));
    fireEvent.change(screen.getByLabelText("State"), { target: { value: "failed" } });
    await waitFor(() => expect(window.location.search).toBe("?env=prod&state=failed"));
    expect(asked.some(({ url }) => url === "/api/releases?env=prod&state=failed")).toBe(true);
    expect(screen.getByRole("link", { name: "Download as CSV" }).getAttribute("href")).toBe(
      "/api/releases.csv?env=prod&state=failed",
    );
    fireEvent.click(screen.getByRole("link", { name: "Clear filters" }));
    await waitFor(() => expect(window.location.search).toBe(""));
  });

  it("searches for what was typed once typing pauses", async () => {
    open("/releases");
    const search = await screen.findByLabelText("Search");
    fireEvent.input(search, { target: { value: "bas" } });
    fireEvent.input(search, { target: { value: "basket" } });
    await act(() => {
      vi.advanceTimersByTime(PAUSE);
    });
    await waitFor(() => expect(window.location.search).toBe("?q=basket"));
    expect(asked.some(({ url }) => url === "/api/releases?q=bas")).toBe(false);
  });

  it("keeps what is typed while the address follows, and follows Back", async () => {
    open("/releases");
    const search = await screen.findByLabelText("Search");
    fireEvent.input(search, { target: { value: "bas" } });
    vi.advanceTimersByTime(PAUSE);
    fireEvent.input(search, { target: { value: "basket" } });
    await waitFor(() => expect(window.location.search).toBe("?q=basket"));
    expect(search).toHaveProperty("value", "basket");
    window.history.replaceState(null, "", "/releases");
    window.dispatchEvent(new PopStateEvent("popstate"));
    await waitFor(() => expect(search).toHaveProperty("value", ""));
  });

  it("shows older releases when asked", async () => {
    open("/releases");
    answer("/api/releases?cursor=older", OLDER);
    fireEvent.click(await screen.findByRole("button", { name: "Show older releases" }));
    expect(await screen.findByRole("link", { name: "prod-app-8" })).toBeTruthy();
    expect(screen.getByRole("link", { name: "prod-app-12" })).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Show older releases" })).toBeNull();
  });

  it("says why older releases did not come", async () => {
    open("/releases");
    answer("/api/releases?cursor=older", { error: "The log can't be read now." }, 500);
    fireEvent.click(await screen.findByRole("button", { name: "Show older releases" }));
    expect((await screen.findByRole("alert")).textContent).toContain("The log can't be read now.");
  });

  it.each([
    ["/releases?q=nothing", "No release fits these filters."],
    ["/releases", "The log has no release yet."],
  ])("says at %s what to do when it is empty", async (path, title) => {
    window.history.replaceState(null, "", path);
    answer("/api/overview", OVERVIEW);
    answer("/api/releases", { releases: [], cursor: null, total: 0 });
    render(<App />);
    expect(await screen.findByText(title)).toBeTruthy();
  });
});

describe("a release", () => {
  it("begins with the sentence of its state, then what people are asked", async () => {
    open("/releases/prod-app-12");
    const heading = await screen.findByRole("heading", { level: 1 });
    expect(heading.textContent).toContain("prod-app-12");
    expect(screen.getByText("1 of releasers, not who requested it")).toBeTruthy();
    expect(screen.getByText("Nobody approved yet.")).toBeTruthy();
    expect(screen.getByText(/app's task role gains s3:GetObject/)).toBeTruthy();
    expect(screen.getByRole("img", { name: /^The rollout as planned: start new tasks \(90 s\)/ })).toBeTruthy();
  });

  it("shows the cause of a failure with its fix, and the tasks' last lines", async () => {
    open("/releases/staging-web-8");
    const cause = await screen.findByRole("region", { name: "Cause" });
    expect(cause.textContent).toContain("Add flask to the image's requirements");
    expect(cause.textContent).toContain("ModuleNotFoundError");
  });

  it("shows a new step by itself", async () => {
    open("/releases/prod-app-12");
    await screen.findByText("asked for approval");
    answer("/api/releases/prod-app-12", ROLLING);
    await act(() => {
      FakeEvents.last.say("step", { release: "prod-app-12" });
      vi.advanceTimersByTime(BURST);
    });
    expect(await screen.findByText("execution started")).toBeTruthy();
    expect(screen.getByText("ECS shifts test traffic to the new tasks.")).toBeTruthy();
    expect(screen.getByText("AROAEXAMPLE:ben")).toBeTruthy();
  });

  it.each([
    [
      { ...WAITING, release: line("prod-app-9") },
      "This version of app in prod runs, and proved itself. It took 7 min.",
    ],
    [
      { ...WAITING, release: line("prod-app-9", { kind: "rollback", state: "rejected", took_seconds: null }) },
      "The rollback of app in prod was rejected by people; nothing was changed.",
    ],
    [{ ...WAITING, refusal: "Releases are frozen.", release: line("prod-app-9") }, "Releases are frozen."],
    [{ ...WAITING, waits_for: "" }, "It is waiting for approval."],
  ])("has one sentence for its state", (data, text) => {
    expect(sentence(data)).toBe(text);
  });

  it("says when there is none", async () => {
    open("/releases/prod-app-99");
    expect((await screen.findByRole("alert")).textContent).toContain("No answer for");
  });
});

describe("the frame", () => {
  it("knows which page an address is, and says when it is none", async () => {
    expect(pageAt("/releases/prod-app-12")?.id).toBe("prod-app-12");
    expect([isCurrent("/", "/"), isCurrent("/", "/releases"), isCurrent("/releases", "/releases/x")]).toEqual([
      true,
      false,
      true,
    ]);
    open("/nowhere");
    expect(await screen.findByRole("heading", { name: "Not found" })).toBeTruthy();
  });

  it("puts the focus on the new page's heading", async () => {
    open("/");
    fireEvent.click(await screen.findByRole("link", { name: "Releases" }));
    const heading = await screen.findByRole("heading", { name: "Releases" });
    await waitFor(() => expect(document.activeElement).toBe(heading));
    expect(screen.getByRole("link", { name: "Releases" }).getAttribute("aria-current")).toBe("page");
  });

  it("is dark if the reader wants that, and stays so", async () => {
    open("/");
    await screen.findByText(/1 release waits/);
    fireEvent.change(screen.getByLabelText("Theme"), { target: { value: "dark" } });
    expect(document.documentElement.dataset.theme).toBe("dark");
    delete document.documentElement.dataset.theme;
    applyTheme();
    expect(document.documentElement.dataset.theme).toBe("dark");
    fireEvent.change(screen.getByLabelText("Theme"), { target: { value: "system" } });
    expect(document.documentElement.dataset.theme).toBeUndefined();
  });

  it("shows times in UTC if the reader wants that", async () => {
    open("/");
    const times = () => screen.getByText(/until/, { selector: ".row-about" }).textContent;
    await screen.findByText(/1 release waits/);
    expect(times()).toBe("until 2 Dec 04:00");
    fireEvent.click(screen.getByRole("button", { name: "Show UTC" }));
    await waitFor(() => expect(times()).toBe("until 2 Dec 09:00"));
  });

  it("says when it is not live, and connects when told to", async () => {
    open("/");
    await screen.findByText(/1 release waits/);
    await act(() => FakeEvents.last.fail());
    fireEvent.click(await screen.findByRole("button", { name: "Connect now" }));
    expect(FakeEvents.all).toHaveLength(2);
    await act(() => FakeEvents.last.open());
    expect(await screen.findByText("Live")).toBeTruthy();
  });
});
