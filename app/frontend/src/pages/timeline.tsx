/** What ran where over time, and when releases were under way. */
import type { JSX } from "preact";
import { useResource } from "../api/resource";
import type { Timeline, TimelineEntry, TimelineLane } from "../api/schema";
import { asked, Filter, filtersOf } from "../components/filters";
import { tone } from "../components/mark";
import { Empty, Loaded } from "../components/states";
import { Scroll } from "../components/text";
import { useNow } from "../components/time";
import { Title } from "../components/title";
import { usePreference } from "../preference";
import { Link, usePlace } from "../router";
import { moment, seconds, ZONES, type Zone } from "../time";

export function TimelinePage(): JSX.Element {
  const { query } = usePlace();
  const zone = usePreference("zone", ZONES);
  const filters = filtersOf(query);
  const timeline = useResource("/api/timeline", { filters: asked(filters, zone) });
  return (
    <>
      <Title title="Timeline">
        What ran where, and when releases were under way. Without a date, the last 90 days.
      </Title>
      <Filter filters={filters} names={["env", "service", "from", "to"]} />
      <Loaded resource={timeline} what="the timeline">
        {(data) =>
          data.lanes.length ? (
            <Lanes data={data} zone={zone} />
          ) : (
            <Empty title="Nothing ran in this time.">
              <Link to="/timeline">Show all of the last 90 days</Link>, or choose an earlier day.
            </Empty>
          )
        }
      </Loaded>
    </>
  );
}

/** Moments for the axis: about `wanted` of them, at even steps. */
export function ticks(begin: number, end: number, wanted = 6): number[] {
  const step = (end - begin) / wanted;
  return Array.from({ length: wanted + 1 }, (_, index) => begin + index * step);
}

const LEGEND = [
  ["runs", "a version runs"],
  ["good", "a release succeeded"],
  ["bad", "failed or rolled back"],
  ["wait", "under way"],
  ["quiet", "changed nothing"],
] as const;

/** Lanes of one service stand together, in the order of the environments as they came. */
export function grouped(lanes: readonly TimelineLane[]): Map<string, TimelineLane[]> {
  const found = new Map<string, TimelineLane[]>();
  for (const lane of lanes) found.set(lane.service, [...(found.get(lane.service) ?? []), lane]);
  return new Map([...found].sort(([one], [other]) => one.localeCompare(other)));
}

function Lanes({ data, zone }: { data: Timeline; zone: Zone }): JSX.Element {
  const [begin, end] = [seconds(data.begin), seconds(data.end)];
  const now = useNow();
  const short = (at: number) =>
    end - begin > 3 * 86_400 ? moment(at, now, zone).replace(/ \d\d:\d\d$/, "") : moment(at, now, zone);
  return (
    <section class="part" aria-label="Timeline">
      <p class="legend about">
        {LEGEND.map(([shade, text]) => (
          <span key={shade}>
            <span class={`key is-${shade}`} /> {text}
          </span>
        ))}
      </p>
      <Scroll label="Lanes">
        <div class="lanes">
          {[...grouped(data.lanes)].map(([service, lanes]) => (
            <section key={service} class="lane-group" aria-label={service}>
              <h2>{service}</h2>
              {lanes.map((lane) => (
                <div key={lane.stack} class="lane">
                  <h3>{lane.environment}</h3>
                  <ol class="track" aria-label={`${service} in ${lane.environment}`}>
                    {lane.entries.map((entry) => (
                      <Bar key={`${entry.kind} ${entry.release}`} entry={entry} begin={begin} end={end} zone={zone} />
                    ))}
                  </ol>
                </div>
              ))}
            </section>
          ))}
          <div class="axis" aria-hidden="true">
            {ticks(begin, end).map((at) => (
              <span key={at}>{short(at)}</span>
            ))}
          </div>
        </div>
      </Scroll>
      {data.cut && <p class="about">There was more than is shown. Choose an environment, a service, or fewer days.</p>}
    </section>
  );
}

/** A stretch in percent of the time that is shown. */
export function stretch(entry: TimelineEntry, begin: number, end: number): { left: number; width: number } {
  const length = end - begin || 1;
  const share = (at: number) => Math.min(100, Math.max(0, ((at - begin) / length) * 100));
  const left = share(seconds(entry.begin));
  return { left, width: (entry.end ? share(seconds(entry.end)) : 100) - left };
}

function Bar({
  entry,
  begin,
  end,
  zone,
}: {
  entry: TimelineEntry;
  begin: number;
  end: number;
  zone: Zone;
}): JSX.Element {
  const now = useNow();
  const { left, width } = stretch(entry, begin, end);
  const commit = entry.commit.slice(0, 7);
  const until = entry.end ? `until ${moment(seconds(entry.end), now, zone)}` : "until now";
  const what = entry.kind === "runs" ? `${commit} ran` : `${entry.release} ${entry.state}`;
  const text = `${what}, ${moment(seconds(entry.begin), now, zone)} ${until}. ${entry.subject}`;
  const shade = entry.kind === "runs" ? "is-runs" : `is-release is-${tone(entry.state)}`;
  return (
    <li class={`bar-of ${shade}`} style={{ left: `min(${left}%, 100% - 8px)`, width: `${width}%` }} title={text}>
      <Link to={`/releases/${entry.release}`} class="bar-link" aria-label={text}>
        {entry.kind === "runs" ? commit : ""}
      </Link>
    </li>
  );
}
