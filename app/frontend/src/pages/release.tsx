/** One release: what became of it, why, what people were asked and what they agreed to. */
import type { JSX } from "preact";
import { useResource } from "../api/resource";
import type { ReleaseDetail } from "../api/schema";
import { Approvals } from "../components/approvals";
import { Cause } from "../components/cause";
import { State } from "../components/mark";
import { PreviewPart } from "../components/preview";
import { Fact, Plan, Standing } from "../components/rollout";
import { Steps } from "../components/steps";
import { Loaded } from "../components/states";
import { Commit, Part, ReleaseLink } from "../components/text";
import { Time } from "../components/time";
import { Title } from "../components/title";
import { NotesPart, PostMortemsPart } from "../components/writing";
import { duration } from "../time";
import { address, Link } from "../router";

export function ReleasePage({ id }: { id: string }): JSX.Element {
  const release = useResource("/api/releases/{release_id}", { parameters: { release_id: id }, release: id });
  return (
    <Loaded resource={release} what={`release ${id}`}>
      {(data) => <Content data={data} />}
    </Loaded>
  );
}

const ENDS: Record<string, string> = {
  succeeded: "runs, and proved itself",
  failed: "failed",
  "rolled back": "was rolled back: what ran before runs again",
  rejected: "was rejected by people; nothing was changed",
  cancelled: "was cancelled; nothing was changed",
  expired: "expired before people agreed; nothing was changed",
  superseded: "was closed because the stack changed meanwhile; nothing was changed",
};

/** What became of the release, in one sentence. */
export function sentence(data: ReleaseDetail): string {
  const { release, waits_for: waits } = data;
  if (data.refusal && !release.open) return data.refusal;
  if (release.open) return waits || `It is ${release.state}.`;
  const what = `${release.kind === "rollback" ? "The rollback of" : "This version of"} ${release.service || release.stack}`;
  const end = ENDS[release.state] ?? `is ${release.state}`;
  const took = release.took_seconds === null ? "" : ` It took ${duration(release.took_seconds)}.`;
  return `${what} in ${release.environment} ${end}.${took}`;
}

function Content({ data }: { data: ReleaseDetail }): JSX.Element {
  const { release, preview, rollout } = data;
  return (
    <>
      <Title
        title={
          <>
            {release.id} <State state={release.state} />
          </>
        }
      >
        {sentence(data)}
      </Title>
      <div class="stacked">
        {data.cause && <Cause cause={data.cause} />}
        <div class="columns is-uneven">
          <div class="stacked">
            {preview && <PreviewPart preview={preview} />}
            <Part title="Rollout" id="rollout">
              <Standing rollout={rollout} />
              {preview && preview.phases.length > 0 && (
                <Plan phases={preview.phases} expected={preview.expected_seconds} />
              )}
              {!rollout.stack_status && !preview?.phases.length && <p class="dim">Nothing was started.</p>}
            </Part>
          </div>
          <div class="stacked">
            <Facts data={data} />
            <Approvals data={data} />
            <Steps data={data} />
            <PostMortemsPart release={release.id} wanted={["failed", "rolled back"].includes(release.state)} />
            <NotesPart release={release.id} />
          </div>
        </div>
      </div>
    </>
  );
}

function Facts({ data }: { data: ReleaseDetail }): JSX.Element {
  const { release } = data;
  return (
    <Part title="Release" id="facts">
      <dl class="facts">
        <Fact name="Version">
          <Commit commit={release.version.commit} /> {release.version.subject}
        </Fact>
        <Fact name="Before">
          {data.before ? (
            <>
              <Commit commit={data.before.commit} /> {data.before.subject}
            </>
          ) : (
            "nothing: this release creates the stack"
          )}
        </Fact>
        <Fact name="Stack">
          <code>{release.stack}</code>{" "}
          <Link to={address("/timeline", { env: release.environment, service: release.service })}>timeline</Link>
        </Fact>
        <Fact name="Requested">
          {release.requester}, <Time iso={release.created} show="both" />
        </Fact>
        {release.reason && <Fact name="Reason">{release.reason}</Fact>}
        {release.undoes && (
          <Fact name="Undoes">
            <ReleaseLink id={release.undoes} />
          </Fact>
        )}
        {data.successor && (
          <Fact name="Rolled back by">
            <ReleaseLink id={data.successor} />
          </Fact>
        )}
        {release.closed && (
          <Fact name="Closed">
            <Time iso={release.closed} show="both" />
          </Fact>
        )}
        {release.committed && (
          <Fact name="Committed">
            <Time iso={release.committed} show="both" />
          </Fact>
        )}
        {data.break_glass && <Fact name="Break glass">{data.break_glass}</Fact>}
        {data.left_behind.length > 0 && (
          <Fact name="Debt">A rollback left these resources as they were: {data.left_behind.join(", ")}</Fact>
        )}
      </dl>
    </Part>
  );
}
