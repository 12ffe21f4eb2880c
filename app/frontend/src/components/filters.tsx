/** Filters that stand in the address: a view with its filters can be sent to somebody. */
import { Fragment, type ComponentChildren, type JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Filters } from "../api/client";
import { useResource } from "../api/resource";
import { label } from "./matrix";
import { address, go, Link, usePlace } from "../router";
import type { Zone } from "../time";

export const FILTERS = ["q", "env", "service", "state", "person", "from", "to"] as const;
export type FilterName = (typeof FILTERS)[number];

const STATES = [
  ["proposed", "waiting for approval", "approved", "executing", "watching", "verifying", "rolling back"],
  ["succeeded", "rolled back", "failed", "rejected", "cancelled", "expired", "superseded"],
] as const;

/** The filters of an address; whatever else stands there is none. */
export function filtersOf(query: URLSearchParams): Filters {
  return Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? undefined]));
}

/** The filters as the backend takes them: days become moments, from the first day's begin to the last day's end. */
export function asked(filters: Filters, zone: Zone): Filters {
  const begin = (day: string, later: number) => {
    const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
    const at =
      zone === "UTC" ? Date.UTC(year, month - 1, date + later) : new Date(year, month - 1, date + later).getTime();
    return Number.isNaN(at) ? undefined : new Date(at).toISOString();
  };
  const { from, to, ...rest } = filters;
  return { ...rest, from: from && begin(from, 0), to: to && begin(to, 1) };
}

/** Typing is over when nothing was typed for so long. */
export const PAUSE = 300; // ms

/** What people search for: as they type, but with an address only for what they paused at. */
function Search({ value, set }: { value: string; set: (value: string) => void }): JSX.Element {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const sent = useRef(value);
  useEffect(() => {
    // An address that comes from elsewhere (Back, a saved view) is shown; one's own comes late, after more was typed.
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const typed = (now: string) => {
    setText(now);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      sent.current = now;
      set(now);
    }, PAUSE);
  };
  return (
    <label class="field is-search">
      <span>Search</span>
      <input
        type="search"
        value={text}
        placeholder="release, commit, subject, reason"
        onInput={(event) => typed(event.currentTarget.value)}
      />
    </label>
  );
}

interface ChoiceProps {
  label: string;
  /** What "no choice" is called; null where there is none. */
  all?: string | null;
  value: string | undefined;
  options: readonly string[];
  set: (value: string) => void;
}

/** One of several values, or all. A value of the address that is in no list is shown, so that it can be removed. */
export function Choice({ label, all = "all", value = "", options, set }: ChoiceProps): JSX.Element {
  const known = value && !options.includes(value) ? [value, ...options] : options;
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => set(event.currentTarget.value)}>
        {all !== null && <option value="">{all}</option>}
        {known.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Day({
  label,
  value = "",
  set,
}: {
  label: string;
  value: string | undefined;
  set: (value: string) => void;
}): JSX.Element {
  return (
    <label class="field">
      <span>{label}</span>
      <input type="date" value={value} onChange={(event) => set(event.currentTarget.value)} />
    </label>
  );
}

/** Environments and services, for the lists of the filters. */
export function useNames(): { environments: string[]; services: string[] } {
  const { data } = useResource("/api/overview");
  const environments = data?.environments ?? [];
  const services = new Set(environments.flatMap(({ places }) => places.map(label)));
  return { environments: environments.map(({ name }) => name), services: [...services].sort() };
}

/** Sets filters in the address of the page that the reader is on. */
export function useFilter(): (name: FilterName | "per" | "chain", value: string) => void {
  const { path, query } = usePlace();
  return (name, value) => {
    const next = Object.fromEntries(query);
    next[name] = value;
    go(address(path, next), { replace: name === "q" });
  };
}

interface FilterProps {
  filters: Filters;
  /** Which of the filters the page has. */
  names: readonly FilterName[];
  children?: ComponentChildren;
}

export function Filter({ filters, names, children }: FilterProps): JSX.Element {
  const { environments, services } = useNames();
  const { path } = usePlace();
  const set = useFilter();
  const fields: Record<FilterName, () => JSX.Element> = {
    q: () => <Search value={filters.q ?? ""} set={(value) => set("q", value)} />,
    env: () => <Choice label="Environment" value={filters.env} options={environments} set={(v) => set("env", v)} />,
    service: () => <Choice label="Service" value={filters.service} options={services} set={(v) => set("service", v)} />,
    state: () => <Choice label="State" value={filters.state} options={STATES.flat()} set={(v) => set("state", v)} />,
    person: () => <Person value={filters.person ?? ""} set={(value) => set("person", value)} />,
    from: () => <Day label="From" value={filters.from} set={(value) => set("from", value)} />,
    to: () => <Day label="To" value={filters.to} set={(value) => set("to", value)} />,
  };
  return (
    <form class="filters" role="search" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      {names.map((name) => (
        <Fragment key={name}>{fields[name]()}</Fragment>
      ))}
      {children}
      {names.some((name) => filters[name]) && (
        <Link to={path} class="clear">
          Clear filters
        </Link>
      )}
    </form>
  );
}

function Person({ value, set }: { value: string; set: (value: string) => void }): JSX.Element {
  return (
    <label class="field">
      <span>Person</span>
      <input
        key={value}
        defaultValue={value}
        placeholder="who asked or approved"
        autoComplete="off"
        onChange={(event) => set(event.currentTarget.value.trim())}
      />
    </label>
  );
}
