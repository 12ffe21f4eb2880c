/** What the other pages read: time, money, changes by hand, the audit chain, and who looks. */
import type {
  Audit,
  Costs,
  Drift,
  Measures,
  MeasuresOf,
  Note,
  PostMortem,
  Session,
  Timeline,
  View,
} from "../src/api/schema";
import { ago } from "./fixture";

const DAY = 24 * 60;

export const TIMELINE: Timeline = {
  begin: ago(14 * DAY),
  end: ago(0),
  cut: false,
  lanes: [
    {
      environment: "dev",
      service: "app",
      stack: "dev/service-app",
      entries: [
        {
          kind: "runs",
          release: "dev-app-30",
          commit: "3".repeat(40),
          subject: "Price",
          state: "succeeded",
          begin: ago(20 * DAY),
          end: ago(3 * DAY),
        },
        {
          kind: "release",
          release: "dev-app-31",
          commit: "7".repeat(40),
          subject: "Basket",
          state: "succeeded",
          begin: ago(3 * DAY + 60),
          end: ago(3 * DAY),
        },
        {
          kind: "runs",
          release: "dev-app-31",
          commit: "7".repeat(40),
          subject: "Basket",
          state: "succeeded",
          begin: ago(3 * DAY),
          end: null,
        },
      ],
    },
    {
      environment: "prod",
      service: "app",
      stack: "prod/service-app",
      entries: [
        {
          kind: "runs",
          release: "prod-app-9",
          commit: "3".repeat(40),
          subject: "Price",
          state: "succeeded",
          begin: ago(12 * DAY),
          end: null,
        },
        {
          kind: "release",
          release: "prod-app-10",
          commit: "a".repeat(40),
          subject: "Search",
          state: "rolled back",
          begin: ago(6 * DAY),
          end: ago(6 * DAY - 50),
        },
        {
          kind: "release",
          release: "prod-app-12",
          commit: "7".repeat(40),
          subject: "Basket",
          state: "waiting for approval",
          begin: ago(18),
          end: null,
        },
      ],
    },
    {
      environment: "prod",
      service: "web",
      stack: "prod/service-web",
      entries: [
        {
          kind: "runs",
          release: "prod-web-5",
          commit: "3".repeat(40),
          subject: "Price",
          state: "succeeded",
          begin: ago(9 * DAY),
          end: null,
        },
      ],
    },
  ],
};

function measures(week: number, changes: Partial<MeasuresOf> = {}): MeasuresOf {
  return {
    begin: ago((week + 1) * 7 * DAY),
    end: ago(week * 7 * DAY),
    deployments: 6 + ((week * 5) % 7),
    per_day: (6 + ((week * 5) % 7)) / 7,
    lead_seconds: 14_000 + ((week * 7919) % 9000),
    lead_known: 6,
    failed: week % 3,
    failure_rate: (week % 3) / 9,
    restore_seconds: week % 3 ? 900 + week * 60 : null,
    restored: week % 3,
    unrestored: 0,
    ...changes,
  };
}

export const MEASURES: Measures = {
  environments: ["prod"],
  services: [],
  per: "week",
  total: {
    ...measures(0),
    begin: ago(84 * DAY),
    deployments: 107,
    per_day: 1.27,
    lead_known: 98,
    lead_seconds: 16_400,
    failed: 9,
    failure_rate: 0.084,
    restore_seconds: 1260,
    restored: 8,
    unrestored: 1,
  },
  periods: Array.from({ length: 12 }, (_, index) => measures(11 - index)),
};

export const AUDIT: Audit = {
  chain: "release/prod-app-12",
  entries: [
    {
      chain: "release/prod-app-12",
      number: 2,
      at: ago(9),
      who: "ben",
      channel: "cli",
      attested: true,
      what: "approved",
      detail: { binding: "5e".repeat(32) },
      evidence: "ab".repeat(32),
      hash: "b2".repeat(32),
      previous: "a1".repeat(32),
    },
    {
      chain: "release/prod-app-12",
      number: 1,
      at: ago(18),
      who: "ana",
      channel: "slack",
      attested: false,
      what: "proposed",
      detail: {},
      evidence: "",
      hash: "a1".repeat(32),
      previous: "",
    },
  ],
  cursor: null,
  signed: 1,
  days: [{ date: "2026-11-29", digest: "d4".repeat(32), chains: 412, posted: ["#releases"] }],
  verification: null,
  why: "the worker verifies the chains of a day once their heads are posted, and has recorded none yet; run: slipway audit verify",
};

export const COSTS: Costs = {
  monthly_usd: 231.4,
  lanes: [
    {
      environment: "prod",
      service: "app",
      stack: "prod/service-app",
      points: [
        { at: ago(60 * DAY), release: "prod-app-2", monthly_usd: 82.1 },
        { at: ago(20 * DAY), release: "prod-app-8", monthly_usd: 120.4 },
      ],
    },
    {
      environment: "prod",
      service: "web",
      stack: "prod/service-web",
      points: [{ at: ago(40 * DAY), release: "prod-web-2", monthly_usd: 61 }],
    },
    {
      environment: "dev",
      service: "app",
      stack: "dev/service-app",
      points: [
        { at: ago(50 * DAY), release: "dev-app-3", monthly_usd: 60 },
        { at: ago(10 * DAY), release: "dev-app-9", monthly_usd: 50 },
      ],
    },
  ],
  unknown: ["dev/network"],
};

export const DRIFT: Drift = {
  checks: [
    { environment: "dev", at: ago(300), since: null, found: [], unknown: ["dev/edge: the stack is being updated"] },
    {
      environment: "prod",
      at: ago(200),
      since: ago(2 * DAY),
      found: [
        {
          stack: "prod/service-app",
          service: "app",
          resource: "LogGroup",
          type: "AWS::Logs::LogGroup",
          path: "/RetentionInDays",
          expected: "30",
          actual: "1",
          who: "eve",
          when: "2026-11-29T03:12:00+00:00",
        },
      ],
      unknown: [],
    },
  ],
  stacks: [
    { environment: "dev", service: "app", stack: "dev/service-app", release: "dev-app-31", at: ago(95), properties: 0 },
    {
      environment: "prod",
      service: "app",
      stack: "prod/service-app",
      release: "prod-app-12",
      at: ago(18),
      properties: 2,
    },
    {
      environment: "prod",
      service: "web",
      stack: "prod/service-web",
      release: "prod-web-5",
      at: ago(9 * DAY),
      properties: null,
    },
  ],
  unknown: ["dev/network"],
};

export const SESSION: Session = {
  name: "ana@example.com",
  person: "ana",
  teams: ["releasers"],
  environments: ["dev", "staging", "prod"],
  reads_logs: true,
  access: "alb",
  off: [],
};

const WRITTEN = { author: "ana", editor: "ana", created: ago(60), updated: ago(60), version: 1, mine: true };

export const NOTE: Note = {
  ...WRITTEN,
  id: "11111111-1111-4111-8111-111111111111",
  release: "staging-web-8",
  text: "flask was missing",
};

export const POST_MORTEM: PostMortem = {
  ...WRITTEN,
  id: "22222222-2222-4222-8222-222222222222",
  release: "staging-web-8",
  title: "The search did not start",
  text: "flask was not in the requirements.",
  state: "draft",
};

export const VIEW: View = {
  ...WRITTEN,
  id: "33333333-3333-4333-8333-333333333333",
  name: "Failed in prod",
  query: "env=prod&state=failed",
  shared: true,
};
