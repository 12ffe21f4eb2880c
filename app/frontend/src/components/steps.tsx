import type { JSX } from "preact";
import type { ReleaseDetail } from "../api/schema";
import { count, Part } from "./text";
import { Time } from "./time";
import { address, Link } from "../router";

/** What happened, newest last; new steps are read aloud as they come. */
export function Steps({ data }: { data: ReleaseDetail }): JSX.Element {
  const { steps, chain_entries: entries, chain_signed: signed } = data;
  return (
    <Part title="Steps" id="steps">
      <ol class="steps" aria-live="polite" aria-relevant="additions">
        {steps.map((step, index) => (
          <li key={`${step.at} ${index}`}>
            <Time iso={step.at} /> <span>{step.what}</span> {step.who && <span class="dim">{step.who}</span>}
          </li>
        ))}
      </ol>
      <p class="about">
        {count(entries, "entry", "entries")} in the{" "}
        <Link to={address("/audit", { chain: `release/${data.release.id}` })}>audit chain</Link>, {signed} under a
        signed head.
      </p>
    </Part>
  );
}
