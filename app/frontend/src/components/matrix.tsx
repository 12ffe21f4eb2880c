/** What runs where, as a table of stacks and environments. */
import type { JSX } from "preact";
import type { EnvironmentOverview, Place } from "../api/schema";
import { address, Link } from "../router";
import { Mark, State, tone } from "./mark";
import { Commit, count, ReleaseLink, Scroll } from "./text";
import { Time } from "./time";

/** A stack as people call it: by its service, or by its name without the environment. */
export function label({ service, stack }: Place): string {
  return service || stack.replace(/^[^/]*\//, "");
}

/** One stack in all environments. `rank` is that of its worst place: 0 is the worst. */
export interface Row {
  name: string;
  service: boolean;
  rank: number;
  places: Map<string, Place>;
}

const RANK = { bad: 0, wait: 1, busy: 2, quiet: 3, good: 4 };

/** Whether a place needs a look: what happens there now, or how its last release ended. */
export function stateOf(place: Place): string {
  return place.open?.state ?? (place.last_outcome || "succeeded");
}

/** Every stack that was ever released, worst first; equals by name, services before infrastructure. */
export function rows(environments: EnvironmentOverview[]): Row[] {
  const found = new Map<string, Row>();
  for (const environment of environments) {
    for (const place of environment.places) {
      if (!place.version && !place.open && !place.last_release) continue;
      const name = label(place);
      const row = found.get(name) ?? {
        name,
        service: Boolean(place.service),
        rank: RANK.good,
        places: new Map<string, Place>(),
      };
      row.places.set(environment.name, place);
      row.rank = Math.min(row.rank, RANK[tone(stateOf(place))], place.locked ? RANK.busy : RANK.good);
      found.set(name, row);
    }
  }
  return [...found.values()].sort(
    (one, other) =>
      one.rank - other.rank || Number(other.service) - Number(one.service) || one.name.localeCompare(other.name),
  );
}

interface MatrixProps {
  environments: EnvironmentOverview[];
  all: Row[];
}

/** Services and whatever needs a look; infrastructure that is as it was released is folded away. */
export function Matrix({ environments, all }: MatrixProps): JSX.Element {
  const calm = (row: Row) => !row.service && row.rank >= RANK.quiet;
  const folded = all.filter(calm);
  return (
    <>
      <Table label="Stacks by environment" environments={environments} all={all.filter((row) => !calm(row))} />
      {folded.length > 0 && (
        <details class="folded">
          <summary>
            {count(folded.length, "stack")} of infrastructure {folded.length === 1 ? "is" : "are"} as released
          </summary>
          <Table label="Infrastructure" environments={environments} all={folded} />
        </details>
      )}
    </>
  );
}

function Table({ label, environments, all }: MatrixProps & { label: string }): JSX.Element {
  return (
    <Scroll label={label}>
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">Stack</th>
            {environments.map(({ name, protected: guarded }) => (
              <th key={name} scope="col">
                <Link to={address("/timeline", { env: name })}>{name}</Link>
                {guarded && <span class="dim"> protected</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {all.map((row) => (
            <tr key={row.name}>
              <th scope="row">
                <Link to={address("/timeline", { service: row.name })}>{row.name}</Link>
              </th>
              {environments.map(({ name }) => (
                <td key={name} data-env={name}>
                  <PlaceCell place={row.places.get(name)} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function PlaceCell({ place }: { place: Place | undefined }): JSX.Element {
  if (!place) return <span class="dim">–</span>;
  const state = stateOf(place);
  const shown = place.open?.id ?? place.last_release;
  return (
    <div class={`cell is-${tone(state)}`}>
      <div class="cell-line">
        <Commit commit={place.version?.commit ?? ""} />
        <span class="cell-subject">{place.version?.subject}</span>
        {place.locked && <Mark tone="wait" sign="■" text="locked" />}
      </div>
      <div class="cell-about">
        <ReleaseLink id={place.release || shown} /> <Time iso={place.since} show="ago" />
      </div>
      {(place.open ?? state !== "succeeded") && (
        <div class="cell-about">
          <State state={state} /> {shown !== place.release && <ReleaseLink id={shown} />}
        </div>
      )}
    </div>
  );
}
