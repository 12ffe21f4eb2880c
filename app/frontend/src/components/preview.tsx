/** The change as people were asked about it. */
import type { JSX } from "preact";
import type { ImageChange, Preview } from "../api/schema";
import { Mark, Risk, type Tone } from "./mark";
import { Part, Scroll, usd } from "./text";

export function PreviewPart({ preview }: { preview: Preview }): JSX.Element {
  return (
    <Part title="Preview" about={<Risk level={preview.level} />} id="preview">
      <p class="preview-sentence">{preview.sentence}</p>
      <Effects preview={preview} />
      <Access preview={preview} />
      {preview.unpinned.length > 0 && (
        <Block title="Not pinned">
          <List items={preview.unpinned} />
        </Block>
      )}
      {preview.image && <Image image={preview.image} />}
      {preview.cost && (
        <Block title="Cost of a typical month">
          <p>
            {usd(preview.cost.before_usd)} → <strong>{usd(preview.cost.after_usd)}</strong>{" "}
            <span class="dim">
              ({signed(preview.cost.after_usd - preview.cost.before_usd)}
              {preview.cost.rollout_usd > 0 && `, and ${usd(preview.cost.rollout_usd)} once for the rollout`}; prices of{" "}
              {preview.cost.price_date})
            </span>
          </p>
          {preview.cost.unknown.length > 0 && <p class="dim">Without a price: {preview.cost.unknown.join(", ")}</p>}
        </Block>
      )}
      {preview.drift.length > 0 && (
        <Block title="Drift">
          <ul class="plain">
            {preview.drift.map((drift) => (
              <li key={`${drift.logical_id} ${drift.path}`}>
                <code>{drift.logical_id}</code> {drift.path}: {drift.actual} instead of {drift.expected}
                {drift.who && `, changed by ${drift.who}`}. {drift.overwritten === true && "This release puts it back."}
                {drift.overwritten === false && "This release leaves it."}
              </li>
            ))}
          </ul>
        </Block>
      )}
      {preview.unavailable.length > 0 && (
        <Block title="Could not be looked up">
          <List items={preview.unavailable} />
        </Block>
      )}
    </Part>
  );
}

/** `+$3.70`, `-$0.10`, `no change`. */
export function signed(difference: number): string {
  if (Math.abs(difference) < 0.005) return "no change";
  return `${difference > 0 ? "+" : "-"}${usd(Math.abs(difference))}`;
}

export function Block({ title, children }: { title: string; children: preact.ComponentChildren }): JSX.Element {
  return (
    <div class="block">
      <h3>{title}</h3>
      {children}
    </div>
  );
}

function List({ items }: { items: readonly string[] }): JSX.Element {
  return (
    <ul class="plain">
      {items.map((item) => (
        <li key={item}>{item}</li>
      ))}
    </ul>
  );
}

const EFFECTS: Record<string, Tone> = {
  none: "quiet",
  restart: "good",
  interruption: "wait",
  unknown: "wait",
  downtime: "bad",
  "data-loss": "bad",
  irreversible: "bad",
  refused: "bad",
};

function Effects({ preview }: { preview: Preview }): JSX.Element | null {
  if (!preview.effects.length) return null;
  return (
    <Scroll label="What happens to each resource">
      <table class="effects">
        <thead>
          <tr>
            <th scope="col">Resource</th>
            <th scope="col">Effect</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {preview.effects.map((effect) => (
            <tr key={effect.logical_id}>
              <th scope="row">
                {effect.logical_id}
                <span class="cell-about">{effect.type.replace("AWS::", "")}</span>
              </th>
              <td>
                <Mark
                  tone={EFFECTS[effect.effect] ?? "wait"}
                  sign={effect.action.charAt(0)}
                  text={effect.effect.replace("-", " ")}
                />
                <span class="cell-about">{effect.action.toLowerCase()}</span>
              </td>
              <td>
                {effect.why} {effect.assumed && <span class="dim">(assumed) </span>}
                {effect.source.startsWith("https://") && (
                  <a href={effect.source} rel="noreferrer" aria-label={`AWS's page about ${effect.logical_id}`}>
                    AWS's page
                  </a>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Access({ preview }: { preview: Preview }): JSX.Element | null {
  const { gains, exposures, access_checks: checks } = preview;
  if (!gains.length && !exposures.length && !checks.length) return null;
  return (
    <Block title="Rights and reach">
      <ul class="plain">
        {gains.map((gain) => (
          <li key={gain.sentence}>
            <Mark tone={gain.escalation ? "bad" : "wait"} sign="+" text="right" /> {gain.sentence}{" "}
            {gain.escalation && <strong class="why">{gain.escalation} </strong>}
            {!gain.certain && <span class="dim">(may be a gain)</span>}
          </li>
        ))}
        {exposures.map((exposure) => (
          <li key={exposure.sentence}>
            <Mark tone={exposure.public ? "bad" : "wait"} sign="+" text="reach" /> {exposure.sentence}{" "}
            {!exposure.certain && <span class="dim">(may be new)</span>}
          </li>
        ))}
        {checks.map((check) => (
          <li key={check} class="dim">
            {check}
          </li>
        ))}
      </ul>
    </Block>
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function Image({ image }: { image: ImageChange }): JSX.Element {
  const { size_before: before, size_after: after } = image;
  return (
    <Block title="Image">
      {image.subjects.length > 0 && <List items={image.subjects} />}
      <p class="dim">
        {before !== null && after !== null && `${megabytes(before)} → ${megabytes(after)}. `}
        {image.base_image && `Built from ${image.base_image}`}
        {image.base_age_days !== null && `, ${image.base_age_days} days old`}
        {image.base_image && ". "}
        {image.compare_url.startsWith("https://") && (
          <a href={image.compare_url} rel="noreferrer">
            Compare the commits
          </a>
        )}
      </p>
      {image.new_findings.map((finding) => (
        <p key={`${finding.name} ${finding.package}`}>
          <Mark tone="bad" sign="!" text={finding.severity.toLowerCase()} /> new: {finding.name} {finding.package}
        </p>
      ))}
      {image.fixed_findings.length > 0 && (
        <p class="dim">Fixed: {image.fixed_findings.map((finding) => finding.name).join(", ")}</p>
      )}
    </Block>
  );
}
