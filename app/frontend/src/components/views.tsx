/** Saved views: filters under a name, one's own and those that are shared. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { write } from "../api/client";
import { useResource } from "../api/resource";
import { address, go, usePlace } from "../router";

export function Views(): JSX.Element | null {
  const { path, query } = usePlace();
  const views = useResource("/api/views");
  const [failed, setFailed] = useState("");
  const [naming, setNaming] = useState(false);
  if (!views.data) return null; // without a database there are no views; the overview says so
  const now = query.toString();
  const saved = views.data.views;
  const current = saved.find((view) => view.query === now);
  const tried = async (work: Promise<unknown>) => {
    try {
      await work;
      setFailed("");
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
    }
    views.reload();
  };
  const save = (form: HTMLElement) => {
    const name = form.querySelector<HTMLInputElement>("input[name=view]")?.value.trim() ?? "";
    const shared = form.querySelector<HTMLInputElement>("input[name=shared]")?.checked ?? false;
    if (!name) return;
    setNaming(false);
    void tried(write("post", "/api/views", { body: { name, query: now, shared } }));
  };
  return (
    <span class="views">
      {saved.length > 0 && (
        <label class="field">
          <span>Saved view</span>
          <select
            value={current?.id ?? ""}
            onChange={(event) => {
              const chosen = saved.find((view) => view.id === event.currentTarget.value);
              go(chosen?.query ? `${path}?${chosen.query}` : address(path));
            }}
          >
            <option value="">none</option>
            {saved.map((view) => (
              <option key={view.id} value={view.id}>
                {view.name}
                {view.mine ? "" : ` (${view.author})`}
              </option>
            ))}
          </select>
        </label>
      )}
      {current?.mine && (
        <button
          type="button"
          class="button"
          onClick={() => {
            const filters = { version: String(current.version) };
            void tried(write("delete", "/api/views/{view_id}", { parameters: { view_id: current.id }, filters }));
          }}
        >
          Forget view
        </button>
      )}
      {!current && now && !naming && (
        <button type="button" class="button" onClick={() => setNaming(true)}>
          Save view
        </button>
      )}
      {naming && (
        <span class="view-name" role="group" aria-label="Save view">
          <label class="field">
            <span>Name of the view</span>
            <input name="view" maxLength={200} required />
          </label>
          <label class="check">
            <input type="checkbox" name="shared" /> for everybody
          </label>
          <button
            type="button"
            class="button is-main"
            onClick={(event) => {
              const group = event.currentTarget.parentElement;
              if (group) save(group);
            }}
          >
            Save
          </button>
        </span>
      )}
      {failed && <span role="alert">{failed}</span>}
    </span>
  );
}
