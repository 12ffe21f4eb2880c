/** Small pieces of text that every page shows the same way. */
import type { ComponentChildren, JSX } from "preact";
import { Link } from "../router";

/** Seven digits of a commit, as git shows it; the whole one on hover. */
export function Commit({ commit }: { commit: string }): JSX.Element {
  if (!commit) return <span class="dim">no version</span>;
  return (
    <code class="commit" title={commit}>
      {commit.slice(0, 7)}
    </code>
  );
}

/** A release by its id, as a link to its page. */
export function ReleaseLink({ id }: { id: string }): JSX.Element {
  return (
    <Link to={`/releases/${encodeURIComponent(id)}`} class="release-link">
      {id}
    </Link>
  );
}

/** A part of a page, with its heading; `about` stands beside it in small letters. */
export function Part({
  title,
  about,
  children,
  id,
  tone,
}: {
  title: string;
  about?: ComponentChildren;
  children: ComponentChildren;
  id: string;
  tone?: string;
}): JSX.Element {
  return (
    <section class={tone ? `part is-${tone}` : "part"} aria-labelledby={id}>
      <header class="part-head">
        <h2 id={id}>{title}</h2>
        {about && <span class="about">{about}</span>}
      </header>
      {children}
    </section>
  );
}

/** A wide table that scrolls by itself: with the keyboard too, and with a name for who hears it. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

const USD = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });

/** US dollars, as AWS bills them. */
export function usd(amount: number): string {
  return USD.format(amount);
}

/** `1 release`, `3 releases`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${new Intl.NumberFormat("en-US").format(number)} ${number === 1 ? one : many}`;
}
