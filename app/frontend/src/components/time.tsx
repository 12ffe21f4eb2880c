import { createContext, type ComponentChildren, type JSX } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { usePreference } from "../preference";
import { duration, exact, machine, moment, relative, seconds, ZONES } from "../time";

const Now = createContext(Date.now() / 1000);

/** The present, in epoch seconds, moved on every half minute so that "3 min ago" stays true. */
export function Clock({ children, at }: { children: ComponentChildren; at?: number }): JSX.Element {
  const [now, setNow] = useState(at ?? Date.now() / 1000);
  useEffect(() => {
    if (at !== undefined) return undefined;
    const timer = setInterval(() => setNow(Date.now() / 1000), 30_000);
    return () => clearInterval(timer);
  }, [at]);
  return <Now.Provider value={now}>{children}</Now.Provider>;
}

export function useNow(): number {
  return useContext(Now);
}

/** A moment in the reader's zone; hovering shows it in UTC. `ago` tells how long ago instead, `both` adds that. */
export function Time({ iso, show = "moment" }: { iso: string | null; show?: "moment" | "ago" | "both" }): JSX.Element {
  const now = useNow();
  const zone = usePreference("zone", ZONES);
  if (!iso) return <span class="dim">–</span>;
  const at = seconds(iso);
  const [when, ago] = [moment(at, now, zone), relative(at, now)];
  const text = show === "moment" ? when : show === "ago" ? ago : `${when} (${ago})`;
  const title = show === "ago" ? `${when}, ${exact(at)}` : exact(at);
  return (
    <time dateTime={machine(at)} title={title}>
      {text}
    </time>
  );
}

/** A stretch of time: `12 min`. */
export function Duration({ length }: { length: number | null }): JSX.Element {
  if (length === null) return <span class="dim">–</span>;
  return <span class="number">{duration(length)}</span>;
}
