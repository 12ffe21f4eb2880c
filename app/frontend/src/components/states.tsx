/** What stands in a page's place while there is nothing to show, each with the next step. */
import type { ComponentChildren, JSX } from "preact";
import type { Resource } from "../api/resource";

/** Grey lines where text will be. Said once to screen readers. */
export function Loading({ what, lines = 4 }: { what: string; lines?: number }): JSX.Element {
  return (
    <div class="loading" role="status">
      <span class="only-read">{`Loading ${what} …`}</span>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} class="loading-line" aria-hidden="true" />
      ))}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      <p>{children}</p>
    </div>
  );
}

type ProblemProps = Pick<Resource<unknown>, "error" | "reload"> & { old?: boolean };

/** What went wrong, what to do, and a button that tries again. */
export function Problem({ error, reload, old = false }: ProblemProps): JSX.Element | null {
  if (!error) return null;
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{error.message}</strong> {error.next}
        {old && " What you see was read before."}
      </p>
      {error.status !== 404 && error.status !== 403 && (
        <button type="button" class="button" onClick={reload}>
          Try again
        </button>
      )}
    </div>
  );
}

interface LoadedProps<T> {
  resource: Resource<T>;
  what: string;
  children: (data: T) => ComponentChildren;
}

/** A resource in each of its states. */
export function Loaded<T>({ resource, what, children }: LoadedProps<T>): JSX.Element {
  const { data, error, loading, reload } = resource;
  return (
    <div aria-busy={loading}>
      <Problem error={error} reload={reload} old={data !== undefined} />
      {data === undefined ? !error && <Loading what={what} /> : children(data)}
    </div>
  );
}
