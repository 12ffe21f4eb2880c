/** A platform with something in every state, typed as the backend's OpenAPI document says. */
import type {
  EnvironmentOverview,
  OpenRelease,
  Overview,
  Place,
  ReleaseLine,
  ReleasePage,
  Version,
} from "../src/api/schema";

/** The present of all fixtures: Monday, 30 November 2026, 09:00 UTC. */
export const NOW = Date.UTC(2026, 10, 30, 9) / 1000;

export function ago(minutes: number): string {
  return new Date((NOW - minutes * 60) * 1000).toISOString();
}

export function version(digit: string, subject: string): Version {
  return { commit: digit.repeat(40), subject, image: `sha256:${digit.repeat(64)}`, template: "" };
}

export const BASKET = version("7", "Keep the basket when somebody signs in");
export const BEFORE = version("3", "Show the price with tax");
const SEARCH = version("a", "Search in descriptions too");

export const OPEN: OpenRelease = {
  id: "prod-app-12",
  environment: "prod",
  service: "app",
  state: "waiting for approval",
  version: BASKET,
  requester: "ana",
  created: ago(18),
  waits_for: "Waits for 1 approval of releasers.",
  approvals: [],
  approvals_needed: 1,
  expires: ago(-222),
};

export function place(stack: string, changes: Partial<Place> = {}): Place {
  const service = stack.startsWith("service-") ? stack.slice(8) : "";
  return {
    stack: `dev/${stack}`,
    service,
    version: BEFORE,
    release: `dev-${service || stack}-4`,
    since: ago(2 * 24 * 60),
    last_release: `dev-${service || stack}-4`,
    last_outcome: "succeeded",
    last_at: ago(2 * 24 * 60),
    good_commit: BEFORE.commit,
    open: null,
    locked: false,
    monthly_usd: 41.2,
    ...changes,
  };
}

function environment(name: string, places: Place[], changes: Partial<EnvironmentOverview> = {}): EnvironmentOverview {
  const named = places.map((one) => ({ ...one, stack: one.stack.replace(/^dev/, name) }));
  return { name, protected: name === "prod", places: named, locks: [], freeze: null, ...changes };
}

export const OVERVIEW: Overview = {
  platform: "slipway",
  release: "c0ffee1".padEnd(40, "0"),
  at: ago(0),
  environments: [
    environment("dev", [
      place("service-app", { version: BASKET, release: "dev-app-31", last_release: "dev-app-31", since: ago(95) }),
      place("service-web", { version: SEARCH, release: "dev-web-9", last_release: "dev-web-9", since: ago(600) }),
      place("network"),
      place("cluster"),
    ]),
    environment("staging", [
      place("service-app", {
        version: BASKET,
        release: "staging-app-22",
        last_release: "staging-app-22",
        since: ago(61),
      }),
      place("service-web", {
        release: "staging-web-7",
        last_release: "staging-web-8",
        last_outcome: "rolled back",
        last_at: ago(140),
        since: ago(4000),
      }),
      place("network"),
      place("cluster"),
    ]),
    environment(
      "prod",
      [
        place("service-app", { release: "prod-app-11", last_release: "prod-app-11", since: ago(5500), open: OPEN }),
        place("service-web", { release: "prod-web-5", last_release: "prod-web-5", since: ago(5200), locked: true }),
        place("network"),
        place("cluster"),
      ],
      {
        locks: [
          {
            scope: "prod/service-web",
            person: "ben",
            reason: "A customer shows the shop at a fair until Wednesday",
            since: ago(300),
            until: ago(-2880),
            freeze: false,
          },
        ],
        freeze: null,
      },
    ),
  ],
  waiting: [OPEN],
  history_since: ago(200 * 24 * 60),
  releases: 412,
  last_audit_day: { date: "2026-11-29", digest: "d4".repeat(32), chains: 412, posted: ["#releases"] },
  off: [
    { what: "Notes, post-mortems and saved views", why: "There is no database. Set BOARD_DATABASE to switch them on." },
  ],
};

export function line(id: string, changes: Partial<ReleaseLine> = {}): ReleaseLine {
  const [env = "", service = ""] = id.split("-");
  return {
    id,
    environment: env,
    service,
    stack: `${env}/service-${service}`,
    kind: "deploy",
    state: "succeeded",
    open: false,
    requester: "ana",
    approvers: ["ben"],
    reason: "",
    version: BEFORE,
    created: ago(5600),
    closed: ago(5500),
    committed: ago(5900),
    took_seconds: 412,
    undoes: "",
    cause: "",
    ...changes,
  };
}

export const LINES: ReleaseLine[] = [
  line("prod-app-12", {
    state: "waiting for approval",
    open: true,
    approvers: [],
    version: BASKET,
    created: ago(18),
    closed: null,
    took_seconds: null,
    reason: "customers wait",
  }),
  line("staging-web-8", {
    state: "rolled back",
    version: SEARCH,
    created: ago(150),
    closed: ago(140),
    took_seconds: 388,
    cause: "3 tasks in a row stopped before they were healthy: the container exited with 1 (No module named 'flask').",
  }),
  line("staging-app-22", { version: BASKET, created: ago(70), closed: ago(61) }),
  line("dev-web-9", { version: SEARCH, approvers: [], created: ago(605), closed: ago(600), took_seconds: 96 }),
  line("prod-app-11", { kind: "rollback", undoes: "prod-app-10", reason: "orders were lost" }),
  line("prod-app-10", {
    state: "failed",
    version: SEARCH,
    cause: "The stack could not be updated: the certificate expired.",
  }),
];

export const RELEASES: ReleasePage = { releases: LINES, cursor: "older", total: 412 };
export const OLDER: ReleasePage = { releases: [line("prod-app-9"), line("prod-app-8")], cursor: null, total: 412 };
