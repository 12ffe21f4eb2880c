import type { JSX } from "preact";
import type { ReleaseLine } from "../api/schema";
import { State } from "./mark";
import { Commit, ReleaseLink, Scroll } from "./text";
import { Duration, Time } from "./time";

export function ReleaseTable({ releases }: { releases: ReleaseLine[] }): JSX.Element {
  return (
    <Scroll label="List of releases">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Release</th>
            <th scope="col">State</th>
            <th scope="col">Version</th>
            <th scope="col">Requested by, approved by</th>
            <th scope="col">Created</th>
            <th scope="col" class="number">
              Took
            </th>
          </tr>
        </thead>
        <tbody>
          {releases.map((release) => (
            <tr key={release.id}>
              <th scope="row">
                <ReleaseLink id={release.id} />
                {release.kind === "rollback" && <span class="cell-about dim">rollback</span>}
              </th>
              <td>
                <State state={release.state} />
              </td>
              <td class="wide">
                <Commit commit={release.version.commit} /> {release.version.subject}
                {release.cause && <span class="cell-about why">{release.cause}</span>}
              </td>
              <td>
                {release.requester}
                {release.approvers.length > 0 && <span class="dim"> → {release.approvers.join(", ")}</span>}
              </td>
              <td>
                <Time iso={release.created} />
              </td>
              <td class="number">
                <Duration length={release.took_seconds} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
