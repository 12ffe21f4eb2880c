/** Who had to agree, who did, to exactly what, and what bears that out. */
import type { JSX } from "preact";
import type { Approval, ReleaseDetail, Requirement } from "../api/schema";
import { Mark } from "./mark";
import { Fact } from "./rollout";
import { Part } from "./text";
import { Time } from "./time";

/** `1 of releasers, not ana`: one rule in words. */
export function required({ people, by, requester_may: may, attested }: Requirement): string {
  const whom = by.length ? ` of ${by.join(" or ")}` : people === 1 ? " person" : " people";
  const also = [may ? "" : "not who requested it", attested ? `${attested} with an identity that AWS attests` : ""];
  return [`${people}${whom}`, ...also.filter(Boolean)].join(", ");
}

export function Approvals({ data }: { data: ReleaseDetail }): JSX.Element {
  const { approvals, requirements } = data;
  return (
    <Part title="Approvals" id="approvals">
      {requirements.length > 0 && (
        <ul class="rows is-tight">
          {requirements.map((rule) => (
            <li key={rule.rule}>
              <strong>{required(rule)}</strong> <span class="dim">because {rule.why}</span>
            </li>
          ))}
        </ul>
      )}
      {!requirements.length && !approvals.length && <p class="dim">Nobody had to be asked.</p>}
      {requirements.length > 0 && !approvals.length && (
        <p class="dim">Nobody approved {data.release.open ? "yet" : "it"}.</p>
      )}
      {approvals.map((approval) => (
        <One key={`${approval.person} ${approval.at}`} approval={approval} binding={data.binding} />
      ))}
    </Part>
  );
}

function One({ approval, binding }: { approval: Approval; binding: string }): JSX.Element {
  const same = approval.binding === binding;
  return (
    <div class="approval">
      <p>
        <Mark tone={same ? "good" : "bad"} sign={same ? "✓" : "✕"} text={approval.person} />{" "}
        <Time iso={approval.at} show="both" />
      </p>
      {!same && (
        <p class="why">This approval is for something else than what the release holds now. It does not count.</p>
      )}
      {approval.break_glass && <p class="why">Broke glass: {approval.break_glass}</p>}
      <details class="folded">
        <summary>Evidence</summary>
        <dl class="facts">
          <Fact name="Identity">
            {approval.channel}, {approval.attested ? "attested by AWS" : "as the bot's front says"}
          </Fact>
          {approval.groups.length > 0 && <Fact name="Teams">{approval.groups.join(", ")}</Fact>}
          <Fact name="Binding">
            <code class="hash">{approval.binding}</code>
          </Fact>
          {approval.evidence && (
            <>
              <Fact name="SQS sender">
                <code class="hash">{approval.evidence.sender}</code>
              </Fact>
              <Fact name="SQS message">
                <code class="hash">{approval.evidence.message}</code>
              </Fact>
              <Fact name="Request">
                <code class="hash">{approval.evidence.request}</code>
              </Fact>
              {approval.evidence.slack_sha256 && (
                <Fact name="Slack">
                  {approval.evidence.slack_signed ? "signed by Slack" : "not signed (Socket Mode)"},{" "}
                  <code class="hash">{approval.evidence.slack_sha256}</code>
                </Fact>
              )}
              <Fact name="Digest">
                <code class="hash">{approval.evidence.digest}</code>
              </Fact>
            </>
          )}
        </dl>
      </details>
    </div>
  );
}
