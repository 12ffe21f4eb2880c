/** Times as people read them. The backend sends ISO 8601 in UTC; here they are epoch seconds. */
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type Zone = "local" | "UTC";
export const ZONES = ["local", "UTC"] as const;

/** The name of the reader's own zone: `Europe/Berlin`. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Epoch seconds of what the backend sends. */
export function seconds(iso: string): number {
  return Date.parse(iso) / 1000;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(at: number, zone: Zone, options: Intl.DateTimeFormatOptions): string {
  const key = `${zone} ${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat("en-GB", { ...options, ...(zone === "UTC" ? { timeZone: "UTC" } : {}) });
    formats.set(key, found);
  }
  return found.format(at * 1000);
}

/** `30 Nov 09:12`, with the year where it is not this one. */
export function moment(at: number, now: number, zone: Zone = "local"): string {
  const sameYear = format(at, zone, { year: "numeric" }) === format(now, zone, { year: "numeric" });
  const day = format(at, zone, { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) });
  return `${day} ${clock(at, zone)}`;
}

/** `09:12`. */
export function clock(at: number, zone: Zone = "local"): string {
  return format(at, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** `30 Nov 2026`. */
export function day(at: number, zone: Zone = "local"): string {
  return format(at, zone, { day: "numeric", month: "short", year: "numeric" });
}

/** `30 Nov`. */
export function shortDay(at: number): string {
  return format(at, "local", { day: "numeric", month: "short" });
}

/** Steps of an axis of stretches of time, in seconds: from ten seconds to a year. */
export const STEPS: number[] = [
  ...[10, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  ...[HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY],
];

/** `2026-11-30 09:12:03 UTC`: the exact moment, the same for every reader. */
export function exact(at: number): string {
  return `${new Date(at * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `2026-11-30T09:12:03Z`, for machines. */
export function machine(at: number): string {
  return `${new Date(at * 1000).toISOString().slice(0, 19)}Z`;
}

/** `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`. */
export function duration(length: number): string {
  const whole = Math.max(0, Math.round(length));
  if (whole < 2 * MINUTE) return `${whole} s`;
  if (whole < 2 * HOUR) return `${Math.round(whole / MINUTE)} min`;
  if (whole < 2 * DAY) return pair(whole, HOUR, "h", MINUTE, "min");
  return pair(whole, DAY, "d", HOUR, "h");
}

function pair(whole: number, large: number, name: string, small: number, smallName: string): string {
  let [first, second] = [Math.floor(whole / large), Math.round((whole % large) / small)];
  if (second * small === large) [first, second] = [first + 1, 0];
  return second ? `${first} ${name} ${second} ${smallName}` : `${first} ${name}`;
}

/** `12 min ago`, `in 3 h`, `now`. */
export function relative(at: number, now: number): string {
  const past = now - at;
  if (Math.abs(past) < 5) return "now";
  const [short] = duration(Math.abs(past)).split(/(?<=[a-z]) /);
  return past > 0 ? `${short} ago` : `in ${short}`;
}
