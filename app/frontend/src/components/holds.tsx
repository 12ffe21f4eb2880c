/** What holds releases back: locks of people, and freezes. */
import type { JSX } from "preact";
import type { EnvironmentOverview } from "../api/schema";
import { Mark } from "./mark";
import { Part } from "./text";
import { Time } from "./time";

export function Holds({ environments }: { environments: EnvironmentOverview[] }): JSX.Element {
  const locks = environments.flatMap((environment) => environment.locks);
  const frozen = environments.flatMap(({ name, freeze }) => (freeze ? [{ name, ...freeze }] : []));
  return (
    <Part title="Locks and freezes" id="locks">
      {locks.length + frozen.length === 0 && <p class="dim">Nothing holds releases back.</p>}
      <ul class="rows">
        {frozen.map(({ name, reason, until }) => (
          <li key={name} class="row">
            <span class="row-head">
              <Mark tone="wait" sign="■" text="freeze" /> <code>{name}</code>
            </span>
            <span class="row-text">{reason}</span>
            <span class="row-end dim">
              <Until iso={until} />
            </span>
          </li>
        ))}
        {locks.map((lock) => (
          <li key={`${lock.scope} ${lock.since}`} class="row">
            <span class="row-head">
              <Mark tone="wait" sign="■" text={lock.freeze ? "freeze" : "lock"} /> <code>{lock.scope}</code>
            </span>
            <span class="row-text">{lock.reason}</span>
            <span class="row-end dim">
              {lock.person}, <Time iso={lock.since} />
              <span class="row-about">
                <Until iso={lock.until} />
              </span>
            </span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Until({ iso }: { iso: string | null }): JSX.Element {
  if (!iso) return <>until somebody takes it away</>;
  return (
    <>
      until <Time iso={iso} />
    </>
  );
}
