import { fireEvent, render, screen, waitFor, within } from "@testing-library/preact";
import { beforeEach, describe, expect, it } from "vitest";
import type { DriftCheck } from "../src/api/schema";
import { App } from "../src/app";
import { asked as wanted } from "../src/components/filters";
import { plot } from "../src/components/chart";
import type { Drawing } from "../src/components/plot";
import { reader } from "../src/frame";
import { MEASURES as FOUR, often, perDay } from "../src/measures";
import { drifted } from "../src/pages/drift";
import { totals } from "../src/pages/costs";
import { period, scope } from "../src/pages/measures";
import { grouped, stretch, ticks } from "../src/pages/timeline";
import { seconds } from "../src/time";
import { answer, asked } from "./backend";
import { ago, NOW, OVERVIEW } from "./fixture";
import { AUDIT, COSTS, DRIFT, MEASURES, SESSION, TIMELINE } from "./fixture-more";

// What uPlot draws is seen in the browser test; here is what it is given.
const drawn: Drawing[] = [];
beforeEach(() => {
  const draw = (_: HTMLElement, drawing: Drawing) => {
    drawn.push(drawing);
    return () => undefined;
  };
  plot.load = () => Promise.resolve({ draw });
});

function open(path: string, other: Record<string, unknown> = {}): void {
  drawn.length = 0;
  window.history.replaceState(null, "", path);
  answer("/api/overview", OVERVIEW);
  answer("/api/timeline", TIMELINE);
  answer("/api/measures", MEASURES);
  answer("/api/audit", AUDIT);
  answer("/api/costs", COSTS);
  answer("/api/drift", DRIFT);
  answer("/api/session", SESSION);
  for (const [asked, body] of Object.entries(other)) answer(asked, body);
  render(<App />);
}

describe("days of filters", () => {
  it("are whole days of the reader's zone, or of UTC", () => {
    const filters = { env: "prod", from: "2026-11-01", to: "2026-11-30" };
    expect(wanted(filters, "local")).toEqual({
      env: "prod",
      from: "2026-11-01T04:00:00.000Z", // summer time ended on this day
      to: "2026-12-01T05:00:00.000Z",
    });
    expect(wanted(filters, "UTC").to).toBe("2026-12-01T00:00:00.000Z");
  });

  it("that are no days are left out", () => {
    expect(wanted({ from: "yesterday", to: "" }, "UTC")).toEqual({ from: undefined, to: "" });
  });
});

describe("the timeline", () => {
  it("shows what ran, and each release as a link", async () => {
    open("/timeline?env=prod");
    const lane = await screen.findByRole("list", { name: "app in prod" });
    const links = within(lane).getAllByRole("link");
    expect(links.map((link) => link.getAttribute("href"))).toEqual([
      "/releases/prod-app-9",
      "/releases/prod-app-10",
      "/releases/prod-app-12",
    ]);
    expect(links[1]?.getAttribute("aria-label")).toMatch(/^prod-app-10 rolled back, 24 Nov 04:00 until /);
    expect(asked.some(({ url }) => url === "/api/timeline?env=prod")).toBe(true);
  });

  it("puts lanes of one service together, by name", () => {
    expect([...grouped(TIMELINE.lanes)].map(([name, lanes]) => [name, lanes.length])).toEqual([
      ["app", 2],
      ["web", 1],
    ]);
  });

  it("draws what began earlier from the edge, and what still runs to the other", () => {
    const [first, , last] = TIMELINE.lanes[0]?.entries ?? [];
    if (!first || !last) throw new Error("no entries");
    const [begin, end] = [seconds(TIMELINE.begin), seconds(TIMELINE.end)];
    expect(stretch(first, begin, end).left).toBe(0);
    expect(stretch(first, begin, end).width).toBeCloseTo((11 / 14) * 100);
    expect(stretch(last, begin, end).left + stretch(last, begin, end).width).toBe(100);
    expect(ticks(0, 60)).toEqual([0, 10, 20, 30, 40, 50, 60]);
  });

  it("says what to do when nothing ran", async () => {
    open("/timeline", { "/api/timeline": { ...TIMELINE, lanes: [] } });
    expect(await screen.findByText("Nothing ran in this time.")).toBeTruthy();
  });

  it("says when it was cut", async () => {
    open("/timeline", { "/api/timeline": { ...TIMELINE, cut: true } });
    expect(await screen.findByText(/There was more than is shown/)).toBeTruthy();
  });
});

describe("the measures", () => {
  it("are four, each with its number, definition, chart and table", async () => {
    open("/measures?per=week");
    const frequency = await screen.findByRole("region", { name: "Deployment frequency" });
    expect(frequency.textContent).toContain("1.3 a day");
    expect(frequency.textContent).toContain("How often code reaches production.");
    expect(screen.getByRole("region", { name: "Change failure rate" }).textContent).toContain("8.4 %");
    expect(screen.getByRole("region", { name: "Time to restore" }).textContent).toContain("8 restored, 1 not yet");
    expect(screen.getAllByRole("row")).toHaveLength(MEASURES.periods.length + 1);
    await waitFor(() => expect(drawn).toHaveLength(4));
    expect(drawn[0]?.lines[0]?.values).toEqual(MEASURES.periods.map((of) => of.per_day));
    expect(drawn.map((drawing) => drawing.lengths)).toEqual([false, true, false, true]);
  });

  it("say in words what is pointed at", async () => {
    open("/measures");
    await waitFor(() => expect(drawn).toHaveLength(4));
    drawn[3]?.point(10);
    expect(await screen.findByText("week of 16 Nov 2026: 16 min (1 failure restored).")).toBeTruthy();
    drawn[3]?.point(11);
    expect(await screen.findByText("week of 23 Nov 2026: nothing to measure (0 failures restored).")).toBeTruthy();
    drawn[3]?.point(null);
    expect(await screen.findByText("Of all of it: 8 restored, 1 not yet.")).toBeTruthy();
  });

  it("are asked for by the period of the address, and link to the same as CSV", async () => {
    open("/measures?per=year&env=prod");
    await screen.findByRole("region", { name: "Lead time for changes" });
    expect(asked.some(({ url }) => url === "/api/measures?env=prod&per=week")).toBe(true);
    fireEvent.change(screen.getByLabelText("By"), { target: { value: "month" } });
    await waitFor(() => expect(window.location.search).toBe("?per=month&env=prod"));
    expect(screen.getByRole("link", { name: "Download as CSV" }).getAttribute("href")).toBe(
      "/api/measures.csv?env=prod&per=month",
    );
  });

  it("have words for their values, periods and scope", () => {
    expect([perDay(0.123), perDay(12.4), perDay(0)]).toEqual(["0.12 a day", "12 a day", "0 a day"]);
    expect([1, 0.999, 1 / 7, 0.14, 0].map(often)).toEqual([
      "1 a day",
      "7 a week",
      "1 a week",
      "4.3 a month",
      "0 a day",
    ]);
    expect(FOUR[1]?.basis(MEASURES.total)).toBe("the commit's time is known for 98 of 107 deployments");
    const [first] = MEASURES.periods;
    if (!first) throw new Error("no period");
    expect([period(first, "day"), period(first, "month")]).toEqual(["7 Sept 2026", "Sept 2026"]);
    expect(scope({ ...MEASURES, services: ["app", "web"] })).toBe("app and web in prod");
    expect(scope({ ...MEASURES, environments: [] })).toBe("services and functions in no environment");
  });

  it("say what to do when there was no deployment", async () => {
    open("/measures", { "/api/measures": { ...MEASURES, total: { ...MEASURES.total, deployments: 0 } } });
    expect(await screen.findByText("No deployment ended in this time.")).toBeTruthy();
  });
});

describe("costs", () => {
  it("add up by environment at each moment at which one changed, up to now", () => {
    const { at, lines } = totals(COSTS.lanes, NOW);
    expect(at.map((one) => Math.round((NOW - one) / 86_400))).toEqual([60, 50, 40, 20, 10, 0]);
    expect(lines).toEqual([
      { name: "prod", values: [82.1, 82.1, 143.1, 181.4, 181.4, 181.4] },
      { name: "dev", values: [null, 60, 60, 60, 50, 50] },
    ]);
  });

  it("are listed most first, with the last change and the release that brought it", async () => {
    open("/costs");
    const table = await screen.findByRole("region", { name: "Cost by stack" });
    const rows = within(table)
      .getAllByRole("row")
      .map((row) => row.textContent);
    expect(rows[1]).toMatch(/^app prod\$120\.40\+\$38\.30prod-app-8/);
    expect(rows[2]).toContain("new");
    expect(rows[3]).toContain("-$10.00");
    expect(screen.getByText(/No release of these was priced: dev\/network/)).toBeTruthy();
    await waitFor(() => expect(drawn[0]?.shape).toBe("steps"));
    expect(screen.getByText("30 Nov 2026: prod $181.40, dev $50.00 a month.")).toBeTruthy();
  });

  it("say what to do while nothing was priced", async () => {
    open("/costs", { "/api/costs": { monthly_usd: 0, lanes: [], unknown: [] } });
    expect(await screen.findByText("No release was priced yet.")).toBeTruthy();
  });
});

describe("drift", () => {
  it("is listed worst first, with the release that found it", async () => {
    open("/drift");
    expect(await screen.findByText("Somebody changed prod outside of CloudFormation.")).toBeTruthy();
    const rows = screen.getAllByRole("row").map((row) => row.textContent);
    expect(rows[1]).toContain("/RetentionInDays");
    expect(rows[1]).toContain("eve");
    expect(rows.some((row) => row.includes("prod-app-12") && row.includes("2 properties"))).toBe(true);
    expect(screen.getByText("Not compared: dev/edge: the stack is being updated.")).toBeTruthy();
    expect(screen.getByText("Nobody looked yet at dev/network.")).toBeTruthy();
  });

  it("names nobody where AWS does not tell whose hands it was", async () => {
    const nobody = (rows: DriftCheck["found"]) => rows.map((row) => ({ ...row, who: "", when: "" }));
    const checks = DRIFT.checks.map((check) => ({ ...check, found: nobody(check.found) }));
    open("/drift", { "/api/drift": { ...DRIFT, checks } });
    expect(await screen.findByText("not known")).toBeTruthy();
  });

  it("says when there is none, and when nobody looked", async () => {
    expect(drifted({ ...DRIFT, checks: [] })).toBe(
      "The last release of 1 stack found changes from outside of CloudFormation.",
    );
    expect(drifted({ checks: [], stacks: [], unknown: [] })).toBe(
      "No stack's last release found a change from outside of CloudFormation.",
    );
    open("/drift", { "/api/drift": { checks: [], stacks: [], unknown: [] } });
    expect(await screen.findByText("No release looked for drift yet.")).toBeTruthy();
  });
});

describe("the audit chain", () => {
  it("of a release shows its entries, and says that the board verifies nothing", async () => {
    open("/audit?chain=release/prod-app-12");
    expect(await screen.findByText("not verified here")).toBeTruthy();
    expect(screen.getByText(/run: slipway audit verify/)).toBeTruthy();
    expect(screen.getByText(/attested by AWS/)).toBeTruthy();
    expect(screen.getByRole("link", { name: "prod-app-12" })).toBeTruthy();
    fireEvent.change(screen.getByLabelText("Locks of"), { target: { value: "prod" } });
    await waitFor(() => expect(asked.some(({ url }) => url === "/api/audit?chain=env%2Fprod")).toBe(true));
  });

  it("is that of the first environment when none is named; a release can be named", async () => {
    open("/audit");
    await screen.findByText("not verified here");
    expect(asked.some(({ url }) => url === "/api/audit?chain=env%2Fdev")).toBe(true);
    fireEvent.change(screen.getByLabelText("Release"), { target: { value: " prod-app-9 " } });
    await waitFor(() => expect(window.location.search).toBe("?chain=release%2Fprod-app-9"));
  });

  it("shows what the worker found when it verified", async () => {
    const verification = {
      at: ago(30),
      day: "2026-11-29",
      chains: 3,
      entries: 240,
      faults: ["release/x: entry 4 was changed"],
    };
    open("/audit?chain=env/prod", { "/api/audit": { ...AUDIT, verification } });
    expect(await screen.findByText("does not verify")).toBeTruthy();
    expect(screen.getByText("release/x: entry 4 was changed")).toBeTruthy();
  });

  it("has older entries on demand, and says when it has none", async () => {
    open("/audit?chain=env/prod", {
      "/api/audit": {
        ...AUDIT,
        cursor: 1,
        verification: { at: ago(30), day: "2026-11-29", chains: 1, entries: 1, faults: [] },
      },
    });
    const [, first] = AUDIT.entries;
    answer("/api/audit?chain=release%2Fprod-app-12&before=1", {
      ...AUDIT,
      entries: [{ ...first, number: 0, what: "opened" }],
    });
    fireEvent.click(await screen.findByRole("button", { name: "Show older entries" }));
    expect(await screen.findByText("opened")).toBeTruthy();
    expect(screen.getByText("verifies")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Show older entries" })).toBeNull();
  });

  it("says when it is empty, and why older entries did not come", async () => {
    open("/audit?chain=env/prod", { "/api/audit": { ...AUDIT, entries: [], cursor: 7 } });
    expect(await screen.findByText("This chain has no entry yet.")).toBeTruthy();
    answer("/api/audit", { error: "The log can't be read now." }, 500);
    fireEvent.click(screen.getByRole("button", { name: "Show older entries" }));
    expect((await screen.findByRole("alert")).textContent).toBe("The log can't be read now.");
  });
});

describe("the reader", () => {
  it("is named at the foot, with what is hidden from them", async () => {
    open("/drift");
    expect(await screen.findByText(/You are ana \(releasers\)\./)).toBeTruthy();
    expect(reader({ ...SESSION, person: "", teams: [], reads_logs: false })).toBe(
      "You are ana@example.com. Lines of tasks' logs are hidden from you.",
    );
  });
});
