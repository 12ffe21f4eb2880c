/** News of the log as they happen: one EventSource for the whole page, which comes back by itself. */
import { useEffect, useState } from "preact/hooks";

/** `live`: news arrive. `connecting`: not yet, or again. `away`: not live, with the second at which it tries again. */
export type LiveState = { kind: "live" } | { kind: "connecting" } | { kind: "away"; until: number };

export const FIRST_WAIT = 1_000; // ms
export const LONGEST_WAIT = 60_000; // ms

/** How long to wait before attempt `failures` (1 is the first that failed), in ms; `luck` spreads readers out (0 to 1). */
export function backoff(failures: number, luck: number): number {
  const most = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failures - 1));
  return Math.round(most * (0.5 + luck / 2));
}

/** What the backend says happened: to which release, or to something that has none (a lock). */
export interface News {
  kind: string;
  release: string;
}

type Hear = (news: News) => void;

/** Listens to the events of the backend. Every listener gets each of them, and once more after every gap in between. */
export class Live {
  state: LiveState = { kind: "connecting" };
  private readonly hearers = new Set<Hear>();
  private readonly watchers = new Set<() => void>();
  private source: EventSource | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private wasLive = false;
  private readonly url: string;
  private readonly kinds: readonly string[];

  constructor(url: string, kinds: readonly string[]) {
    this.url = url;
    this.kinds = kinds;
  }

  /** Connect. Without EventSource (a test, an old browser) the board stays readable and says that it is not live. */
  start(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.become({ kind: "connecting" });
    const source = new EventSource(this.url);
    this.source = source;
    source.addEventListener("open", () => this.opened());
    source.addEventListener("error", () => this.failed(source));
    // The process that serves the stream stops, and another one answers: that is no failure.
    source.addEventListener("reconnect", () => source === this.source && this.start());
    for (const kind of this.kinds) {
      source.addEventListener(kind, (event) => this.tell(kind, (event as MessageEvent<string>).data));
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
    this.become({ kind: "connecting" });
  }

  /** Be told of news; returns how to stop that. */
  hear(hearer: Hear): () => void {
    this.hearers.add(hearer);
    return () => void this.hearers.delete(hearer);
  }

  /** Be told when `state` changes. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  private opened(): void {
    this.failures = 0;
    this.become({ kind: "live" });
    // What happened while nobody listened is not sent again: everything shown is read once more.
    if (this.wasLive) this.pass({ kind: "gap", release: "" });
    this.wasLive = true;
  }

  /** The browser would try again every few seconds, and not at all after a 502: we wait longer each time. */
  private failed(source: EventSource): void {
    if (source !== this.source) return;
    source.close();
    this.failures += 1;
    const wait = backoff(this.failures, Math.random());
    this.become({ kind: "away", until: Date.now() + wait });
    this.timer = setTimeout(() => this.start(), wait);
  }

  private tell(kind: string, data: string): void {
    let release: unknown;
    try {
      const body = JSON.parse(data) as { release?: unknown };
      release = body.release;
    } catch {
      // An event that is not JSON still says that something happened.
    }
    this.pass({ kind, release: typeof release === "string" ? release : "" });
  }

  private pass(news: News): void {
    for (const hearer of [...this.hearers]) hearer(news);
  }

  private become(state: LiveState): void {
    this.state = state;
    for (const watcher of [...this.watchers]) watcher();
  }
}

/** `step` is a new step of a release; `reload` says that steps were missed. */
export const KINDS = ["step", "reload"] as const;

export const live = new Live("/api/events", KINDS);

/** Whether news arrive. */
export function useLiveState(source: Live = live): LiveState {
  const [state, setState] = useState(source.state);
  useEffect(() => {
    setState(source.state);
    return source.watch(() => setState(source.state));
  }, [source]);
  return state;
}
