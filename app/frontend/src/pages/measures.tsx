/** DORA's four delivery measures over time. */
import type { JSX } from "preact";
import { useResource } from "../api/resource";
import type { Measures, MeasuresOf } from "../api/schema";
import { Chart } from "../components/chart";
import { asked, Choice, Filter, filtersOf, useFilter } from "../components/filters";
import { Empty, Loaded } from "../components/states";
import { Part, Scroll } from "../components/text";
import { Title } from "../components/title";
import { MEASURES, type Measure } from "../measures";
import { usePreference } from "../preference";
import { address, Link, usePlace } from "../router";
import { day, seconds, ZONES } from "../time";

const PERIODS = ["day", "week", "month"] as const;

export function MeasuresPage(): JSX.Element {
  const { query } = usePlace();
  const zone = usePreference("zone", ZONES);
  const set = useFilter();
  const per = PERIODS.find((name) => name === query.get("per")) ?? "week";
  const filters = filtersOf(query);
  const wanted = { ...asked(filters, zone), per };
  const measures = useResource("/api/measures", { filters: wanted });
  return (
    <>
      <Title title="Measures">
        The four delivery measures, as <a href="https://dora.dev/guides/dora-metrics-four-keys/">DORA defines them</a>,
        from the release log alone. {measures.data && `They cover ${scope(measures.data)}.`}{" "}
        <a href={address("/api/measures.csv", wanted)} download>
          Download as CSV
        </a>
      </Title>
      <Filter filters={filters} names={["env", "service", "from", "to"]}>
        <Choice label="By" all={null} value={per} options={PERIODS} set={(value) => set("per", value)} />
      </Filter>
      <Loaded resource={measures} what="the measures">
        {(data) => <Content data={data} />}
      </Loaded>
    </>
  );
}

/** Where the numbers are from: `prod`, `app and web in prod`. */
export function scope(data: Measures): string {
  const named = (names: string[], all: string) => (names.length ? names.join(" and ") : all);
  const where = named(data.environments, "no environment");
  return data.services.length ? `${named(data.services, "")} in ${where}` : `services and functions in ${where}`;
}

/** A period in words: `week of 30 Nov 2026`. Periods are those of UTC. */
export function period(of: MeasuresOf, per: Measures["per"]): string {
  const begin = seconds(of.begin);
  if (per === "day") return day(begin, "UTC");
  if (per === "week") return `week of ${day(begin, "UTC")}`;
  return day(begin, "UTC").replace(/^\d+ /, "");
}

function Content({ data }: { data: Measures }): JSX.Element {
  if (!data.total.deployments) {
    return (
      <Empty title="No deployment ended in this time.">
        Choose an earlier day, or another environment. <Link to="/releases">Releases</Link> shows what there was.
      </Empty>
    );
  }
  return (
    <div class="stacked">
      <div class="columns">
        {MEASURES.map((measure) => (
          <One key={measure.id} measure={measure} data={data} />
        ))}
      </div>
      <Numbers data={data} />
    </div>
  );
}

function One({ measure, data }: { measure: Measure; data: Measures }): JSX.Element {
  const value = measure.value(data.total);
  const values = data.periods.map(measure.value);
  const about = (index: number | null) => {
    const of = index === null ? undefined : data.periods[index];
    if (!of) return `Of all of it: ${measure.basis(data.total)}.`;
    const there = measure.value(of);
    return `${period(of, data.per)}: ${there === null ? "nothing to measure" : measure.text(there)} (${measure.basis(of)}).`;
  };
  return (
    <Part title={measure.name} id={measure.id}>
      <p class="headline">{value === null ? "–" : (measure.headline ?? measure.text)(value)}</p>
      <p class="about definition">{measure.definition}</p>
      <Chart
        at={data.periods.map((of) => seconds(of.begin))}
        lines={[{ name: measure.name, values }]}
        shape={measure.shape}
        lengths={measure.lengths}
        text={measure.text}
        label={`${measure.name} by ${data.per}. The table below has the numbers.`}
        caption={about}
      />
    </Part>
  );
}

function Numbers({ data }: { data: Measures }): JSX.Element {
  const lines = [...data.periods].reverse();
  return (
    <Part title="The numbers" about={`by ${data.per}, newest first, in UTC`} id="numbers">
      <Scroll label="The four measures as a table">
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              {MEASURES.map((measure) => (
                <th key={measure.id} scope="col" class="number">
                  {measure.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map((of) => (
              <tr key={of.begin}>
                <th scope="row">{period(of, data.per)}</th>
                {MEASURES.map((measure) => {
                  const value = measure.value(of);
                  return (
                    <td key={measure.id} class="number" title={measure.basis(of)}>
                      {value === null ? <span class="dim">–</span> : measure.text(value)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Part>
  );
}
