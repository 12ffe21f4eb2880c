/** What stands around every page: the menu, whether the page is live, the theme, the time zone. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useResource } from "./api/resource";
import type { Session } from "./api/schema";
import { live, useLiveState, type LiveState } from "./live";
import { PAGES } from "./pages";
import { choose, usePreference } from "./preference";
import { Link, usePlace } from "./router";
import { chooseTheme, THEMES } from "./theme";
import { ownZone, ZONES } from "./time";

export function Frame({ children }: { children: ComponentChildren }): JSX.Element {
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="bar">
        <Link to="/" class="brand">
          <img src="/icon.svg" alt="" width="22" height="22" />
          Release board
        </Link>
        <Menu />
        <div class="bar-end">
          <LiveMark />
          <ThemeSwitch />
        </div>
      </header>
      <main id="content" class="page" tabIndex={-1}>
        {children}
      </main>
      <Foot />
    </>
  );
}

/** Whether the address belongs to a page of the menu: `/releases/x` belongs to Releases. */
export function isCurrent(page: string, path: string): boolean {
  return page === path || (page !== "/" && path.startsWith(`${page}/`));
}

function Menu(): JSX.Element {
  const { path } = usePlace();
  return (
    <nav class="menu" aria-label="Pages">
      {PAGES.filter((page) => page.menu).map((page) => (
        <Link key={page.path} to={page.path} aria-current={isCurrent(page.path, path) ? "page" : undefined}>
          {page.title}
        </Link>
      ))}
    </nav>
  );
}

/** What the mark says, and in one sentence what it means. */
export function liveText(state: LiveState, now: number): [string, string] {
  if (state.kind === "live") return ["Live", "New steps appear by themselves."];
  if (state.kind === "connecting") return ["Connecting", "The board connects to the log's news."];
  const seconds = Math.max(1, Math.ceil((state.until - now) / 1000));
  return ["Not live", `What you see may be old. The board tries again in ${seconds} s.`];
}

function LiveMark(): JSX.Element {
  const state = useLiveState();
  const [now, setNow] = useState(Date.now());
  const away = state.kind === "away";
  useEffect(() => {
    setNow(Date.now());
    if (!away) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [away, state]);
  const [text, meaning] = liveText(state, now);
  return (
    <span class={`live is-${state.kind}`} title={meaning}>
      <span role="status">{text}</span>
      {away && (
        <button type="button" class="button is-small" onClick={() => live.start()}>
          Connect now
        </button>
      )}
    </span>
  );
}

const THEME_NAMES = { system: "As the system", light: "Light", dark: "Dark" };

function ThemeSwitch(): JSX.Element {
  const theme = usePreference("theme", THEMES);
  return (
    <label class="theme">
      <span class="only-read">Theme</span>
      <select value={theme} onChange={(event) => chooseTheme(event.currentTarget.value as (typeof THEMES)[number])}>
        {THEMES.map((name) => (
          <option key={name} value={name}>
            {THEME_NAMES[name]}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Who reads, and what they may see: said once, at the foot. */
export function reader(session: Session): string {
  const who = session.person || session.name;
  const teams = session.teams.length ? ` (${session.teams.join(", ")})` : "";
  return `You are ${who}${teams}.${session.reads_logs ? "" : " Lines of tasks' logs are hidden from you."}`;
}

function Foot(): JSX.Element {
  const session = useResource("/api/session");
  const zone = usePreference("zone", ZONES);
  const other = zone === "UTC" ? "local" : "UTC";
  return (
    <footer class="foot">
      <span>
        Times are in {zone === "UTC" ? "UTC" : ownZone()}.{" "}
        {ownZone() !== "UTC" && (
          <>
            {zone === "local" && "Hovering shows them in UTC. "}
            <button type="button" class="as-link" onClick={() => choose("zone", other)}>
              {other === "UTC" ? "Show UTC" : `Show ${ownZone()}`}
            </button>
          </>
        )}
      </span>
      <span>
        {session.data && `${reader(session.data)} `}The board reads the release log. It changes nothing in AWS.
      </span>
    </footer>
  );
}
