/** What somebody changed outside of CloudFormation, as the worker finds it each day and as each stack's last release found it. */
import type { JSX } from "preact";
import { useResource } from "../api/resource";
import type { Drift, DriftCheck } from "../api/schema";
import { Filter, filtersOf } from "../components/filters";
import { Mark } from "../components/mark";
import { Empty, Loaded } from "../components/states";
import { count, ReleaseLink, Scroll } from "../components/text";
import { Time } from "../components/time";
import { Title } from "../components/title";
import { usePlace } from "../router";

export function DriftPage(): JSX.Element {
  const { query } = usePlace();
  const filters = filtersOf(query);
  const drift = useResource("/api/drift", { filters: { env: filters.env, service: filters.service } });
  return (
    <>
      <Title title="Drift">{drift.data ? drifted(drift.data) : "What was changed outside of CloudFormation."}</Title>
      <Filter filters={filters} names={["env", "service"]} />
      <Loaded resource={drift} what="drift">
        {(data) => <Content data={data} />}
      </Loaded>
    </>
  );
}

/** The page in one sentence. */
export function drifted(data: Drift): string {
  const now = data.checks.filter((check) => check.found.length);
  if (now.length)
    return `Somebody changed ${now.map((check) => check.environment).join(", ")} outside of CloudFormation.`;
  const found = data.stacks.filter((stack) => stack.properties);
  if (!found.length) return "No stack's last release found a change from outside of CloudFormation.";
  return `The last release of ${count(found.length, "stack")} found changes from outside of CloudFormation.`;
}

function Content({ data }: { data: Drift }): JSX.Element {
  return (
    <>
      {data.checks.map((check) => (
        <Check key={check.environment} check={check} />
      ))}
      <Found data={data} />
    </>
  );
}

/** An environment as the worker compared it last. */
function Check({ check }: { check: DriftCheck }): JSX.Element {
  return (
    <section class="part" aria-label={`Drift of ${check.environment}`}>
      <h2>{check.environment}</h2>
      <p>
        {check.found.length ? (
          <Mark tone="wait" sign="!" text={count(check.found.length, "property", "properties")} />
        ) : (
          <Mark tone="good" sign="✓" text="none" />
        )}{" "}
        The worker looked <Time iso={check.at} show="ago" />
        {check.since && (
          <>
            , and it differs since <Time iso={check.since} show="ago" />
          </>
        )}
        .
      </p>
      {check.found.length > 0 && (
        <Scroll label={`What differs in ${check.environment}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Stack</th>
                <th scope="col">Resource</th>
                <th scope="col">Template</th>
                <th scope="col">AWS</th>
                <th scope="col">Who</th>
              </tr>
            </thead>
            <tbody>
              {check.found.map((row) => (
                <tr key={`${row.stack} ${row.resource} ${row.path}`}>
                  <th scope="row">{row.service}</th>
                  <td class="wide">
                    <code>{row.resource}</code> {row.path}
                  </td>
                  <td class="wide">{row.expected}</td>
                  <td class="wide">{row.actual}</td>
                  <td>
                    {row.who || <span class="dim">not known</span>}
                    {row.when && <span class="cell-about">{row.when}</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {check.unknown.length > 0 && <p class="about after">Not compared: {check.unknown.join("; ")}.</p>}
    </section>
  );
}

/** What the last release of each stack found. */
function Found({ data }: { data: Drift }): JSX.Element {
  const worst = [...data.stacks].sort((one, other) => (other.properties ?? 0) - (one.properties ?? 0));
  return (
    <section class="part" aria-label="Drift by stack">
      <h2>As the last releases found it</h2>
      {worst.length ? (
        <Scroll label="Drift by stack, most first">
          <table>
            <thead>
              <tr>
                <th scope="col">Stack</th>
                <th scope="col">Drift</th>
                <th scope="col">Found by</th>
                <th scope="col">When</th>
              </tr>
            </thead>
            <tbody>
              {worst.map((line) => (
                <tr key={line.stack}>
                  <th scope="row">
                    {line.service} <span class="dim">{line.environment}</span>
                  </th>
                  <td>
                    {line.properties === 0 ? (
                      <Mark tone="good" sign="✓" text="none" />
                    ) : (
                      <Mark
                        tone="wait"
                        sign="!"
                        text={line.properties === null ? "unknown" : count(line.properties, "property", "properties")}
                      />
                    )}
                  </td>
                  <td>
                    <ReleaseLink id={line.release} />
                  </td>
                  <td>
                    <Time iso={line.at} show="both" />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      ) : (
        <Empty title="No release looked for drift yet.">
          Run <code>slipway drift ENVIRONMENT</code> to look now.
        </Empty>
      )}
      {data.unknown.length > 0 && <p class="about after">Nobody looked yet at {data.unknown.join(", ")}.</p>}
    </section>
  );
}
