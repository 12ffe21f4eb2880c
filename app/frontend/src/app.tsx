import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Clock } from "./components/time";
import { Frame } from "./frame";
import { live } from "./live";
import { match, Router, usePlace } from "./router";
import { PAGES, type Page } from "./pages";
import { Missing } from "./pages/missing";

/** The page that an address stands for, with the id in it. */
export function pageAt(path: string): { page: Page; id: string } | undefined {
  for (const page of PAGES) {
    const id = match(page.path, path);
    if (id !== undefined) return { page, id };
  }
  return undefined;
}

function Current(): JSX.Element {
  const { path } = usePlace();
  const found = pageAt(path);
  const title = found ? found.id || found.page.title : "Not found";
  const first = useRef(true);
  useEffect(() => {
    document.title = `${title} · Release board`;
    // Who moves by keyboard or by ear starts at the new page's heading, as after a reload.
    if (first.current) first.current = false;
    else document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }, [title, path]);
  if (!found) return <Missing />;
  const { Content } = found.page;
  return <Content key={path} id={found.id} />;
}

export function App(): JSX.Element {
  useEffect(() => {
    live.start();
    return () => live.stop();
  }, []);
  return (
    <Router>
      <Clock>
        <Frame>
          <Current />
        </Frame>
      </Clock>
    </Router>
  );
}
