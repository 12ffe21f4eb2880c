/** What a typical month costs, by stack and over time, as each release's preview priced it. */
import type { JSX } from "preact";
import { useResource } from "../api/resource";
import type { CostLane, Costs } from "../api/schema";
import { Chart } from "../components/chart";
import { Filter, filtersOf } from "../components/filters";
import { signed } from "../components/preview";
import { Empty, Loaded } from "../components/states";
import { Part, ReleaseLink, Scroll, usd } from "../components/text";
import { Time, useNow } from "../components/time";
import { Title } from "../components/title";
import { usePreference } from "../preference";
import { Link, usePlace } from "../router";
import { day, seconds, ZONES } from "../time";

export function CostsPage(): JSX.Element {
  const { query } = usePlace();
  const filters = filtersOf(query);
  const costs = useResource("/api/costs", { filters: { env: filters.env, service: filters.service } });
  return (
    <>
      <Title title="Costs">
        {costs.data && `A typical month costs ${usd(costs.data.monthly_usd)}. `}
        Each release's preview priced its stack with list prices; the bill of AWS may differ.
      </Title>
      <Filter filters={filters} names={["env", "service"]} />
      <Loaded resource={costs} what="costs">
        {(data) => <Content data={data} />}
      </Loaded>
    </>
  );
}

export interface Total {
  at: number[];
  lines: { name: string; values: (number | null)[] }[];
}

/** The cost of each environment at each moment at which a stack's cost changed, and now; null before its first. */
export function totals(lanes: readonly CostLane[], now: number): Total {
  const changed = lanes.flatMap((lane) => lane.points.map((point) => seconds(point.at)));
  const at = [...new Set([...changed, now])].sort((a, b) => a - b);
  const environments = [...new Set(lanes.map((lane) => lane.environment))];
  const lines = environments.map((name) => ({ name, values: at.map((): number | null => null) }));
  for (const lane of lanes) {
    const values = lines.find((line) => line.name === lane.environment)?.values ?? [];
    let next = 0;
    let cost: number | undefined;
    for (const [index, moment] of at.entries()) {
      for (; next < lane.points.length; next += 1) {
        const point = lane.points[next];
        if (!point || seconds(point.at) > moment) break;
        cost = point.monthly_usd;
      }
      if (cost !== undefined) values[index] = (values[index] ?? 0) + cost;
    }
  }
  return { at, lines };
}

function Content({ data }: { data: Costs }): JSX.Element {
  const zone = usePreference("zone", ZONES);
  const now = useNow();
  if (!data.lanes.length) {
    return (
      <Empty title="No release was priced yet.">
        Run <code>slipway cost ENVIRONMENT</code> to see what the templates cost, or <Link to="/costs">show all</Link>.
      </Empty>
    );
  }
  const { at, lines } = totals(data.lanes, now);
  const caption = (index: number | null) => {
    const shown = index ?? at.length - 1;
    const parts = lines.flatMap(({ name, values }) => {
      const value = values[shown];
      return value === null || value === undefined ? [] : [`${name} ${usd(value)}`];
    });
    return `${day(at[shown] ?? 0, zone)}: ${parts.join(", ")} a month.`;
  };
  return (
    <div class="stacked">
      <Part title="By environment" about={<Keys names={lines.map((line) => line.name)} />} id="environments">
        <Chart
          at={at}
          lines={lines}
          shape="steps"
          text={(value) => usd(value).replace(/\.\d\d$/, "")}
          label="What a typical month costs in each environment, over time. The table below has the numbers."
          caption={caption}
        />
      </Part>
      <Part title="By stack" about="most first" id="stacks">
        <Lanes lanes={data.lanes} />
        {data.unknown.length > 0 && (
          <p class="about after">No release of these was priced: {data.unknown.join(", ")}.</p>
        )}
      </Part>
    </div>
  );
}

function Keys({ names }: { names: string[] }): JSX.Element {
  return (
    <>
      {names.map((name, index) => (
        <span key={name} class="key-of">
          <span class={`key is-${index % 5}`} /> {name}
        </span>
      ))}
    </>
  );
}

function Lanes({ lanes }: { lanes: readonly CostLane[] }): JSX.Element {
  const rows = lanes
    .flatMap((lane) => {
      const [last, before] = [lane.points.at(-1), lane.points.at(-2)];
      return last ? [{ lane, last, before }] : [];
    })
    .sort((one, other) => other.last.monthly_usd - one.last.monthly_usd);
  return (
    <Scroll label="Cost by stack">
      <table>
        <thead>
          <tr>
            <th scope="col">Stack</th>
            <th scope="col" class="number">
              A typical month
            </th>
            <th scope="col" class="number">
              Change
            </th>
            <th scope="col">By</th>
            <th scope="col">Since</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ lane, last, before }) => (
            <tr key={lane.stack}>
              <th scope="row">
                {lane.service} <span class="dim">{lane.environment}</span>
              </th>
              <td class="number">{usd(last.monthly_usd)}</td>
              <td class="number">
                {before ? signed(last.monthly_usd - before.monthly_usd) : <span class="dim">new</span>}
              </td>
              <td>
                <ReleaseLink id={last.release} />
              </td>
              <td>
                <Time iso={last.at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
