/** What a page reads: loading, there, or failed; read again on news, and kept on the screen while that happens. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { live as shared, type Live } from "../live";
import { ApiError, read, url, type Body, type Filters, type Readable } from "./client";

export interface Resource<T> {
  data: T | undefined;
  error: ApiError | undefined;
  loading: boolean;
  reload: () => void;
}

interface Options {
  parameters?: Filters;
  filters?: Filters;
  /** The release that the page is about: news of others are none for it. "" is all. */
  release?: string;
  live?: Live;
}

/** News come in bursts (a step, its entry, its card): one read answers all of a burst. */
export const BURST = 250; // ms

export function useResource<P extends Readable>(path: P, options: Options = {}): Resource<Body<P>> {
  const { parameters, filters, release = "", live = shared } = options;
  const key = url(path, parameters, filters);
  const [state, setState] = useState<{ key: string; data?: Body<P>; error?: ApiError; loading: boolean }>({
    key,
    loading: true,
  });
  const pending = useRef<AbortController | undefined>(undefined);
  const latest = useRef({ parameters, filters });
  latest.current = { parameters, filters };

  const load = useCallback(() => {
    pending.current?.abort();
    const controller = new AbortController();
    pending.current = controller;
    setState((old) => (old.key === key ? { ...old, loading: true } : { key, loading: true }));
    const { parameters: filled = {}, filters: wanted = {} } = latest.current;
    read(path, { parameters: filled, filters: wanted, signal: controller.signal }).then(
      (data) => {
        if (!controller.signal.aborted) setState({ key, data, loading: false });
      },
      (error: unknown) => {
        if (controller.signal.aborted) return;
        const failed = error instanceof ApiError ? error : new ApiError(0, String(error), "Load the page again.");
        // What was read before stays: old facts with a sentence beside them are better than none.
        setState((old) => ({ ...(old.key === key ? old : { key }), error: failed, loading: false }));
      },
    );
  }, [path, key]);

  useEffect(() => {
    load();
    return () => pending.current?.abort();
  }, [load]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = live.hear((news) => {
      if (release && news.release && news.release !== release) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        load();
      }, BURST);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [live, load, release]);

  const current = state.key === key ? state : { loading: true, data: undefined, error: undefined };
  return { data: current.data, error: current.error, loading: current.loading, reload: load };
}
