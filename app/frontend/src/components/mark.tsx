/** The state of a release as a mark: a sign, a word and a colour, so that no reader depends on the colour. */
import type { JSX } from "preact";

export type Tone = "good" | "bad" | "busy" | "wait" | "quiet";

const TONES: Record<string, [Tone, string]> = {
  succeeded: ["good", "✓"],
  failed: ["bad", "✕"],
  "rolled back": ["bad", "↩"],
  "rolling back": ["bad", "↩"],
  "waiting for approval": ["wait", "?"],
  proposed: ["busy", "…"],
  approved: ["busy", "▸"],
  executing: ["busy", "▸"],
  watching: ["busy", "▸"],
  verifying: ["busy", "▸"],
  rejected: ["quiet", "–"],
  cancelled: ["quiet", "–"],
  expired: ["quiet", "–"],
  superseded: ["quiet", "–"],
};

/** How the state of a release is drawn; a state that the board does not know is quiet. */
export function tone(state: string): Tone {
  return TONES[state]?.[0] ?? "quiet";
}

export function State({ state }: { state: string }): JSX.Element {
  return <Mark tone={tone(state)} sign={TONES[state]?.[1] ?? "–"} text={state} />;
}

export function Mark({ tone: shade, sign, text }: { tone: Tone; sign: string; text: string }): JSX.Element {
  return (
    <span class={`mark is-${shade}`}>
      <span class="mark-sign" aria-hidden="true">
        {sign}
      </span>
      {text}
    </span>
  );
}

const LEVELS: Record<string, Tone> = { none: "quiet", low: "good", medium: "wait", high: "bad", critical: "bad" };

/** The risk level of a change. */
export function Risk({ level }: { level: string }): JSX.Element {
  return <Mark tone={LEVELS[level] ?? "quiet"} sign={level === "critical" ? "!!" : "!"} text={`${level} risk`} />;
}
