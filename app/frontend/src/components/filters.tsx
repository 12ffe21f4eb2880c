/** Filters that stand in the address: a view with its filters can be sent to somebody. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Filters } from "../api/client";
import { useResource } from "../api/resource";
import { address, go, Link, usePlace } from "../router";

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

/** Typing is over when nothing was typed for so long. */
export const PAUSE = 300; // ms

/** What people search for: as they type, but with an address only for what they paused at. */
function Search({ value, set }: { value: string; set: (value: string) => void }): JSX.Element {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const typed = (now: string) => {
    setText(now);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => set(now), PAUSE);
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
  name: string;
  label: string;
  all: string;
  value: string | undefined;
  options: readonly string[];
  set: (value: string) => void;
}

/** One of several values, or all. A value of the address that is in no list is shown, so that it can be taken away. */
export function Choice({ name, label, all, value = "", options, set }: ChoiceProps): JSX.Element {
  const known = value && !options.includes(value) ? [value, ...options] : options;
  return (
    <label class="field">
      <span>{label}</span>
      <select name={name} value={value} onChange={(event) => set(event.currentTarget.value)}>
        <option value="">{all}</option>
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
  const services = new Set(environments.flatMap(({ places }) => places.map((place) => place.service || place.stack)));
  return { environments: environments.map(({ name }) => name), services: [...services].sort() };
}

/** Sets filters in the address of the page that the reader is on. */
export function useFilter(): (name: FilterName | "per", value: string) => void {
  const { path, query } = usePlace();
  return (name, value) => {
    const next = Object.fromEntries(query);
    next[name] = value;
    go(address(path, next), { replace: name === "q" });
  };
}

export function Filter({ filters }: { filters: Filters }): JSX.Element {
  const { environments, services } = useNames();
  const set = useFilter();
  const any = FILTERS.some((name) => filters[name]);
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <Search value={filters.q ?? ""} set={(value) => set("q", value)} />
      <Choice
        name="env"
        label="Environment"
        all="all"
        value={filters.env}
        options={environments}
        set={(v) => set("env", v)}
      />
      <Choice
        name="service"
        label="Service"
        all="all"
        value={filters.service}
        options={services}
        set={(v) => set("service", v)}
      />
      <Choice
        name="state"
        label="State"
        all="all"
        value={filters.state}
        options={STATES.flat()}
        set={(v) => set("state", v)}
      />
      <Person value={filters.person ?? ""} set={(value) => set("person", value)} />
      <Day label="From" value={filters.from} set={(value) => set("from", value)} />
      <Day label="To" value={filters.to} set={(value) => set("to", value)} />
      {any && (
        <Link to="/releases" class="clear">
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
