/** Where the reader is: the path and the filters, both in the address, so that every view can be linked to. */
import { createContext, type ComponentChildren, type JSX } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";

export interface Place {
  path: string;
  query: URLSearchParams;
}

/** The address that the browser shows. */
export function here(): Place {
  return { path: window.location.pathname, query: new URLSearchParams(window.location.search) };
}

const MOVED = "board:moved";

/** Go to an address of the board; `replace` leaves no entry for the Back button (typing in a filter). */
export function go(to: string, { replace = false } = {}): void {
  if (replace) window.history.replaceState(null, "", to);
  else window.history.pushState(null, "", to);
  window.dispatchEvent(new Event(MOVED));
}

/** An address with these filters; empty ones are left out, and the order is that of `filters`. */
export function address(path: string, filters: Record<string, string | undefined> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) if (value) query.set(name, value);
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

const Where = createContext<Place>({ path: "/", query: new URLSearchParams() });

export function usePlace(): Place {
  return useContext(Where);
}

/** Tells everything below where the reader is, and follows Back and Forward. */
export function Router({ children }: { children: ComponentChildren }): JSX.Element {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const follow = () => setPlace(here());
    window.addEventListener("popstate", follow);
    window.addEventListener(MOVED, follow);
    return () => {
      window.removeEventListener("popstate", follow);
      window.removeEventListener(MOVED, follow);
    };
  }, []);
  return <Where.Provider value={place}>{children}</Where.Provider>;
}

/** Whether a click asks for something else than going there: a new tab, a download, the other button. */
function isPlain(event: MouseEvent): boolean {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

interface LinkProps {
  to: string;
  children: ComponentChildren;
  class?: string;
  "aria-current"?: "page" | undefined;
  "aria-label"?: string;
}

/** A link within the board: a real address, without loading the page again. */
export function Link({ to, children, ...rest }: LinkProps): JSX.Element {
  const follow = (event: MouseEvent) => {
    if (!isPlain(event)) return;
    event.preventDefault();
    go(to);
    window.scrollTo(0, 0);
  };
  return (
    <a {...rest} href={to} onClick={follow}>
      {children}
    </a>
  );
}

/** The part of `path` that stands for `:id` in `pattern`, "" if there is none, undefined if it does not fit. */
export function match(pattern: string, path: string): string | undefined {
  const [wanted, given] = [pattern.split("/"), path.replace(/(?<=.)\/+$/, "").split("/")];
  if (wanted.length !== given.length) return undefined;
  let found = "";
  for (const [index, part] of wanted.entries()) {
    const other = given[index] ?? "";
    if (part.startsWith(":") && other) found = decoded(other);
    else if (part !== other) return undefined;
  }
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone % in an address that somebody typed
  }
}
