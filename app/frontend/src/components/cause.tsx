import type { JSX } from "preact";
import type { CauseOfFailure } from "../api/schema";
import { Part } from "./text";

/** Why a release ended otherwise than wanted, and how to fix it; below that, what was seen. */
export function Cause({ cause }: { cause: CauseOfFailure }): JSX.Element {
  return (
    <Part title="Cause" about={`seen at: ${cause.stage}`} id="cause" tone="bad">
      <p class="cause">{cause.sentence}</p>
      {cause.fix && (
        <p>
          <strong>To fix it:</strong> {cause.fix}
        </p>
      )}
      {cause.evidence.length > 0 && (
        <ul class="evidence">
          {cause.evidence.map((seen) => (
            <li key={seen}>{seen}</li>
          ))}
        </ul>
      )}
      {cause.log.length > 0 && (
        <details class="folded" open={cause.log.length <= 10}>
          <summary>Last lines of the tasks that failed</summary>
          <pre class="log" tabIndex={0} aria-label="Last lines of the tasks that failed">
            {cause.log.join("\n")}
          </pre>
        </details>
      )}
      {cause.log_hidden && <p class="dim">The lines of the tasks' log are for people of the platform only.</p>}
    </Part>
  );
}
