/** The four delivery measures in words, as DORA defines them and as the backend computes them from the log. */
import type { MeasuresOf } from "./api/schema";
import { duration } from "./time";

export interface Measure {
  id: string;
  name: string;
  /** What it is, and what counts. */
  definition: string;
  shape: "bars" | "points";
  /** Whether it is a stretch of time, in seconds. */
  lengths: boolean;
  value: (of: MeasuresOf) => number | null;
  text: (value: number) => string;
  /** The same for the number above the chart, where it reads better in another unit. */
  headline?: (value: number) => string;
  /** How sure the number is: what it was computed from. */
  basis: (of: MeasuresOf) => string;
}

/** `1 day`, `2 days`. */
function plural(number: number, one: string): string {
  return `${number} ${number === 1 ? one : `${one}s`}`;
}

/** `0.4 a day`, `12 a day`. */
export function perDay(value: number): string {
  return `${value >= 10 ? Math.round(value) : Number(value.toPrecision(2))} a day`;
}

/** `2.3 a day`, `4 a week`, `1.5 a month`: in the unit in which it is once or more. */
export function often(value: number): string {
  if (value >= 1 || value === 0) return perDay(value);
  const [number, unit] = value * 7 >= 1 ? [value * 7, "week"] : [(value * 365) / 12, "month"];
  return `${Number(number.toPrecision(2))} a ${unit}`;
}

function percent(value: number): string {
  return `${Math.round(value * 1000) / 10} %`;
}

export const MEASURES: readonly Measure[] = [
  {
    id: "frequency",
    name: "Deployment frequency",
    definition:
      "How often code reaches production. A deployment is a release of a version that changed something there; rollbacks, and releases that were rejected or cancelled, are none.",
    shape: "bars",
    lengths: false,
    value: (of) => of.per_day,
    text: perDay,
    headline: often,
    basis: (of) => plural(of.deployments, "deployment"),
  },
  {
    id: "lead",
    name: "Lead time for changes",
    definition: "From the commit until its release succeeded in production: the median over deployments.",
    shape: "points",
    lengths: true,
    value: (of) => of.lead_seconds,
    text: duration,
    basis: (of) => `the commit's time is known for ${of.lead_known} of ${plural(of.deployments, "deployment")}`,
  },
  {
    id: "failures",
    name: "Change failure rate",
    definition:
      "The share of deployments that needed help: they failed or were rolled back after they had begun, or a rollback undid them later.",
    shape: "points",
    lengths: false,
    value: (of) => of.failure_rate,
    text: percent,
    basis: (of) => `${of.failed} of ${plural(of.deployments, "deployment")} failed`,
  },
  {
    id: "restore",
    name: "Time to restore",
    definition:
      "From the go-ahead of a deployment that failed until production was good again, by its own rollback or by the next release: the median.",
    shape: "points",
    lengths: true,
    value: (of) => of.restore_seconds,
    text: duration,
    basis: (of) =>
      of.unrestored
        ? `${of.restored} restored, ${of.unrestored} not yet`
        : plural(of.restored, "failure") + " restored",
  },
];
