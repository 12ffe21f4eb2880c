/** The audit chain of a release, or of an environment's locks. The board shows it; the worker verifies it. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { read } from "../api/client";
import { useResource } from "../api/resource";
import type { Audit, AuditDay, AuditEntry } from "../api/schema";
import { Choice, useFilter, useNames } from "../components/filters";
import { Mark } from "../components/mark";
import { Empty, Loaded } from "../components/states";
import { count, ReleaseLink, Scroll } from "../components/text";
import { Time } from "../components/time";
import { Title } from "../components/title";
import { usePlace } from "../router";

export function AuditPage(): JSX.Element {
  const { query } = usePlace();
  const { environments } = useNames();
  const set = useFilter();
  const given = query.get("chain") ?? "";
  const chain = given || (environments[0] ? `env/${environments[0]}` : "");
  return (
    <>
      <Title title="Audit">
        Every act is an entry with the hash of the one before it. Signed heads prove that none was changed.
      </Title>
      <form class="filters" aria-label="Chain" onSubmit={(event) => event.preventDefault()}>
        <Choice
          label="Locks of"
          all={null}
          value={chain.startsWith("env/") ? chain.slice(4) : ""}
          options={chain.startsWith("env/") ? environments : ["", ...environments]}
          set={(name) => set("chain", name ? `env/${name}` : "")}
        />
        <label class="field">
          <span>Release</span>
          <input
            key={chain}
            defaultValue={chain.startsWith("release/") ? chain.slice(8) : ""}
            placeholder="prod-app-12"
            autoComplete="off"
            spellcheck={false}
            onChange={(event) => {
              const id = event.currentTarget.value.trim();
              set("chain", id ? `release/${id}` : "");
            }}
          />
        </label>
      </form>
      {chain && <Chain key={chain} chain={chain} />}
    </>
  );
}

function Chain({ chain }: { chain: string }): JSX.Element {
  const audit = useResource("/api/audit", { filters: { chain } });
  return (
    <Loaded resource={audit} what="the audit chain">
      {(data) => <Content data={data} />}
    </Loaded>
  );
}

function Content({ data }: { data: Audit }): JSX.Element {
  const [older, setOlder] = useState<AuditEntry[]>([]);
  const [next, setNext] = useState(data.cursor);
  const [failed, setFailed] = useState("");
  const known = new Set(older.map((entry) => entry.number));
  const entries = [...data.entries.filter((entry) => !known.has(entry.number)), ...older];
  const more = async (before: number) => {
    try {
      const page = await read("/api/audit", { filters: { chain: data.chain, before: String(before) } });
      setOlder((old) => [...old, ...page.entries]);
      setNext(page.cursor);
      setFailed("");
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
    }
  };
  const release = data.chain.startsWith("release/") ? data.chain.slice(8) : "";
  return (
    <section class="part" aria-label={`Chain ${data.chain}`}>
      <Verified data={data} />
      {release && (
        <p>
          This is the chain of <ReleaseLink id={release} />
          {data.signed !== null && `: ${count(data.signed, "entry", "entries")} under a signed head`}.
        </p>
      )}
      {entries.length ? (
        <Scroll label="Entries, newest first">
          <table class="entries">
            <thead>
              <tr>
                <th scope="col" class="number">
                  No.
                </th>
                <th scope="col">When</th>
                <th scope="col">Who</th>
                <th scope="col">What</th>
                <th scope="col">Hash, and the hash before</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <Entry key={entry.number} entry={entry} />
              ))}
            </tbody>
          </table>
        </Scroll>
      ) : (
        <Empty title="This chain has no entry yet.">
          A lock, a freeze or a release writes the first one. Choose another environment, or name a release.
        </Empty>
      )}
      <Days days={data.days} />
      {failed && (
        <p class="why" role="alert">
          {failed}
        </p>
      )}
      {next !== null && (
        <button type="button" class="button more" onClick={() => void more(next)}>
          Show older entries
        </button>
      )}
    </section>
  );
}

/** Where all chains ended on each day: a digest that was posted where nobody of the account can change it. */
function Days({ days }: { days: AuditDay[] }): JSX.Element | null {
  if (!days.length) return null;
  return (
    <details class="folded">
      <summary>Heads of the last days</summary>
      <ul class="plain">
        {days.map((day) => (
          <li key={day.date}>
            {day.date}: <code class="hash">{day.digest}</code>{" "}
            <span class="dim">
              {count(day.chains, "chain")}
              {day.posted.length > 0 && `, posted to ${day.posted.join(", ")}`}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What the worker found when it verified the chains, or why nobody can tell here. */
function Verified({ data }: { data: Audit }): JSX.Element {
  const { verification, why } = data;
  if (!verification) {
    return (
      <p class="verified">
        <Mark tone="quiet" sign="?" text="not verified here" /> {why}
      </p>
    );
  }
  const { faults } = verification;
  return (
    <div class="verified">
      <p>
        <Mark
          tone={faults.length ? "bad" : "good"}
          sign={faults.length ? "✕" : "✓"}
          text={faults.length ? "does not verify" : "verifies"}
        />{" "}
        The worker verified what changed on {verification.day}: {count(verification.entries, "entry", "entries")} in{" "}
        {count(verification.chains, "chain")}, <Time iso={verification.at} show="ago" />. Verify the whole log with your
        own hands: <code>slipway audit verify</code>
      </p>
      <ul>
        {faults.map((fault) => (
          <li key={fault} class="why">
            {fault}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Entry({ entry }: { entry: AuditEntry }): JSX.Element {
  return (
    <tr>
      <td class="number">{entry.number}</td>
      <td>
        <Time iso={entry.at} />
      </td>
      <td>
        {entry.who}
        <span class="cell-about">
          {entry.channel}
          {entry.attested && ", attested by AWS"}
        </span>
      </td>
      <td class="wide">
        {entry.what}
        {Object.entries(entry.detail).map(([name, value]) => (
          <span key={name} class="cell-about">
            {name}: {value}
          </span>
        ))}
      </td>
      <td>
        <code title={entry.hash}>{entry.hash.slice(0, 12)}</code>
        <span class="cell-about">
          <code title={entry.previous}>{entry.previous.slice(0, 12) || "the first"}</code>
        </span>
      </td>
    </tr>
  );
}
