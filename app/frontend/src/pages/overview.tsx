import type { JSX } from "preact";
import { useResource } from "../api/resource";
import type { OpenRelease, Overview } from "../api/schema";
import { Holds } from "../components/holds";
import { Matrix, rows } from "../components/matrix";
import { Mark, State } from "../components/mark";
import { Empty, Loaded } from "../components/states";
import { Commit, count, Part, ReleaseLink } from "../components/text";
import { Time } from "../components/time";
import { Title } from "../components/title";
import { Link } from "../router";

export function OverviewPage(): JSX.Element {
  const overview = useResource("/api/overview");
  return (
    <Loaded resource={overview} what="the overview">
      {(data) => <Content data={data} />}
    </Loaded>
  );
}

/** The one sentence above everything: what needs somebody, or that nothing does. */
export function summary(data: Overview): string {
  const places = data.environments.flatMap((environment) => environment.places);
  const asked = data.waiting.length;
  const bad = places.filter((place) => !place.open && ["failed", "rolled back"].includes(place.last_outcome)).length;
  const moving = places.filter((place) => place.open).length - asked;
  const held = data.environments.filter((environment) => environment.freeze).map((environment) => environment.name);
  const parts = [
    asked && `${count(asked, "release")} ${asked === 1 ? "waits" : "wait"} for people`,
    moving > 0 && `${count(moving, "release")} ${moving === 1 ? "is" : "are"} on the way`,
    bad && `the last release of ${count(bad, "stack")} did not succeed`,
    held.length && `${held.join(" and ")} ${held.length === 1 ? "is" : "are"} frozen`,
  ].filter((part) => part !== 0 && part !== false);
  if (!parts.length) return "Everything runs what was released last, and nothing waits.";
  const text = parts.length > 1 ? `${parts.slice(0, -1).join(", ")}, and ${parts.at(-1) ?? ""}` : parts.join("");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function Content({ data }: { data: Overview }): JSX.Element {
  const all = rows(data.environments);
  return (
    <>
      <Title title="Overview">{summary(data)}</Title>
      <div class="stacked">
        <Waiting waiting={data.waiting} />
        <Part
          title="What runs where"
          about={
            <>
              Worst first. Read from the log <Time iso={data.at} show="ago" />.
            </>
          }
          id="runs"
        >
          {all.length ? (
            <Matrix environments={data.environments} all={all} />
          ) : (
            <Empty title="Nothing was released yet.">
              Publish a version. Then run <code>slipway deploy SERVICE ENVIRONMENT</code>, or write{" "}
              <code>/deploy SERVICE ENVIRONMENT</code> in chat.
            </Empty>
          )}
        </Part>
        <div class="columns">
          <Holds environments={data.environments} />
          <Limits data={data} />
        </div>
      </div>
    </>
  );
}

function Waiting({ waiting }: { waiting: OpenRelease[] }): JSX.Element | null {
  if (!waiting.length) return null;
  return (
    <Part title="Waits for people" about="People approve in chat or with slipway approve." id="waits" tone="wait">
      <ul class="rows">
        {waiting.map((release) => (
          <li key={release.id} class="row">
            <span class="row-head">
              <ReleaseLink id={release.id} /> <State state={release.state} />
            </span>
            <span class="row-text">
              {release.waits_for}
              <span class="row-about">
                <Commit commit={release.version.commit} /> {release.version.subject}
              </span>
            </span>
            <span class="row-end dim">
              {release.requester}, <Time iso={release.created} show="ago" />
              {release.expires && (
                <span class="row-about">
                  expires <Time iso={release.expires} show="ago" />
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

/** What the board does not know: parts that are off, and releases from before its history. */
function Limits({ data }: { data: Overview }): JSX.Element {
  return (
    <Part title="What the board knows" id="limits">
      <ul class="rows">
        <li class="row">
          <Link to="/releases" class="row-head">
            {count(data.releases, "release")}
          </Link>
          <span class="row-text">
            {data.history_since ? (
              <>
                since <Time iso={data.history_since} />
              </>
            ) : (
              "The log has no release yet."
            )}
          </span>
        </li>
        {data.last_audit_day && (
          <li class="row">
            <Link to="/audit" class="row-head">
              Audit
            </Link>
            <span class="row-text">
              {count(data.last_audit_day.chains, "chain")} ended on {data.last_audit_day.date} with the head{" "}
              <code title={data.last_audit_day.digest}>{data.last_audit_day.digest.slice(0, 12)}</code>
            </span>
          </li>
        )}
        {data.off.map((part) => (
          <li key={part.what} class="row">
            <span class="row-head">
              <Mark tone="quiet" sign="–" text="off" />
            </span>
            <span class="row-text">
              <strong>{part.what}</strong>: {part.why}
            </span>
          </li>
        ))}
        <li class="row">
          <span class="row-head">
            <Commit commit={data.release} />
          </span>
          <span class="row-text">the version of this board</span>
        </li>
      </ul>
    </Part>
  );
}
