/** The rollout as a picture: as it was planned, and where it stands. */
import type { JSX } from "preact";
import type { Rollout, RolloutPhase } from "../api/schema";
import { duration } from "../time";
import { count } from "./text";
import { Time } from "./time";

const WIDTH = 720;
const LANE = 44;
/** A phase is at least so wide, however short it is beside the others. */
const LEAST = 26;

export interface Box {
  phase: RolloutPhase;
  x: number;
  width: number;
}

/** The phases along the width: by their length, but none too small to see. A pause of people's (0 s) counts as a tenth. */
export function layout(phases: readonly RolloutPhase[], width = WIDTH, least = LEAST): Box[] {
  const total = phases.reduce((sum, phase) => sum + phase.seconds, 0) || 1;
  const lengths = phases.map((phase) => Math.max(least, ((phase.seconds || total / 10) / total) * width));
  const scale = width / (lengths.reduce((sum, length) => sum + length, 0) || 1);
  let x = 0;
  return phases.map((phase, index) => {
    const box = { phase, x, width: (lengths[index] ?? least) * scale };
    x += box.width;
    return box;
  });
}

/** One sentence for who can't see the picture. */
export function described(phases: readonly RolloutPhase[]): string {
  return phases
    .map(({ name, seconds, old_tasks: old, new_tasks: fresh, new_traffic_percent: share }) => {
      const length = seconds ? duration(seconds) : "until people continue";
      return `${name} (${length}): ${count(old, "old task")}, ${count(fresh, "new task")}, ${share} % of the traffic to the new version`;
    })
    .join("; ");
}

function steps(boxes: Box[], height: (phase: RolloutPhase) => number): string {
  const top = boxes.map(({ phase, x, width }) => {
    const y = (LANE * (1 - height(phase))).toFixed(1);
    return `L${x.toFixed(1)},${y} L${(x + width).toFixed(1)},${y}`;
  });
  return `M0,${LANE} ${top.join(" ")} L${WIDTH},${LANE} Z`;
}

interface PlanProps {
  phases: readonly RolloutPhase[];
  expected: number | null;
}

/** Tasks of both sides and the new version's traffic over time, drawn from the plan. */
export function Plan({ phases, expected }: PlanProps): JSX.Element {
  const boxes = layout(phases);
  const most = Math.max(1, ...phases.flatMap((phase) => [phase.old_tasks, phase.new_tasks]));
  const lanes = [
    { name: "old tasks", shade: "old", value: (phase: RolloutPhase) => phase.old_tasks / most },
    { name: "new tasks", shade: "new", value: (phase: RolloutPhase) => phase.new_tasks / most },
    {
      name: "traffic to the new version",
      shade: "traffic",
      value: (phase: RolloutPhase) => phase.new_traffic_percent / 100,
    },
  ];
  return (
    <figure class="plan">
      <div class="plan-lanes" role="img" aria-label={`The rollout as planned: ${described(phases)}.`}>
        {lanes.map(({ name, shade, value }) => (
          <div key={name} class="plan-lane">
            <span class="plan-name">{name}</span>
            <svg viewBox={`0 0 ${WIDTH} ${LANE}`} preserveAspectRatio="none" class={`plan-shape is-${shade}`}>
              {boxes.slice(1).map(({ x }) => (
                <line key={x} x1={x} x2={x} y1="0" y2={LANE} />
              ))}
              <path d={steps(boxes, value)} />
            </svg>
          </div>
        ))}
      </div>
      <ol class="plan-phases">
        {phases.map((phase, index) => (
          <li key={index}>
            <span class="plan-number">{index + 1}</span> {phase.name}{" "}
            <span class="dim">{phase.seconds ? duration(phase.seconds) : "until people continue"}</span>
          </li>
        ))}
      </ol>
      {expected !== null && <figcaption class="about">About {duration(expected)} in all, as planned.</figcaption>}
    </figure>
  );
}

/** Where the rollout stands: facts of CloudFormation and ECS, the newest only. */
export function Standing({ rollout }: { rollout: Rollout }): JSX.Element | null {
  const { stack_status: status, total, done, new_tasks: fresh, old_tasks: old } = rollout;
  if (!status && !total && !fresh && !old) return null;
  const tasks = Math.max(1, fresh, old);
  return (
    <dl class="facts">
      <Fact name="Stack">
        <code>{status}</code> {total > 0 && `${done} of ${count(total, "resource")}`}{" "}
        {rollout.resource && <span class="dim">{rollout.resource}</span>}
      </Fact>
      {rollout.deployment_status && (
        <Fact name="Deployment">
          <code>{rollout.deployment_status}</code> {rollout.strategy.toLowerCase().replace("_", "/")}{" "}
          {rollout.stage && <span class="dim">{rollout.stage.toLowerCase().replaceAll("_", " ")}</span>}
        </Fact>
      )}
      {(fresh > 0 || old > 0) && (
        <Fact name="Tasks">
          <Tasks number={old} of={tasks} shade="old" /> {old} old <Tasks number={fresh} of={tasks} shade="new" />{" "}
          {fresh} new
          {rollout.failed_tasks > 0 && <strong class="why">, {rollout.failed_tasks} failed</strong>}
        </Fact>
      )}
      {rollout.targets > 0 && (
        <Fact name="Targets">
          {rollout.healthy} of {rollout.targets} healthy
        </Fact>
      )}
      {fresh > 0 && (
        <Fact name="Traffic">
          <progress value={rollout.traffic_percent} max={100} aria-label="Traffic to the new version" />{" "}
          {rollout.traffic_percent} % to the new version
        </Fact>
      )}
      {rollout.gate_stage && (
        <Fact name="Gate">
          waits at <code>{rollout.gate_stage}</code> until <Time iso={rollout.gate_expires} />
        </Fact>
      )}
      {rollout.note && <Fact name="Note">{rollout.note}</Fact>}
    </dl>
  );
}

export function Fact({ name, children }: { name: string; children: preact.ComponentChildren }): JSX.Element {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Tasks({ number, of, shade }: { number: number; of: number; shade: "old" | "new" }): JSX.Element {
  const shown = Math.min(number, 24);
  return (
    <span class="tasks" aria-hidden="true">
      {Array.from({ length: Math.min(of, 24) }, (_, index) => (
        <span key={index} class={index < shown ? `task is-${shade}` : "task"} />
      ))}
    </span>
  );
}
