/** What people write about a release: notes and post-mortems. Without a database this part says that it is off. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { write } from "../api/client";
import { useResource, type Resource } from "../api/resource";
import type { Note, PostMortem } from "../api/schema";
import { Part } from "./text";
import { Loading, Problem } from "./states";
import { Time } from "./time";
import { Mark } from "./mark";

/** Do something that may fail: what failed, and a reload either way. */
function useTry(reload: () => void): { failed: string; attempt: (work: Promise<unknown>) => Promise<boolean> } {
  const [failed, setFailed] = useState("");
  const attempt = async (work: Promise<unknown>) => {
    try {
      await work;
      setFailed("");
      reload();
      return true;
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
      return false;
    }
  };
  return { failed, attempt };
}

interface PartOf<T> {
  title: string;
  id: string;
  resource: Resource<T>;
  failed: string;
  children: (data: T) => ComponentChildren;
}

function Written<T>({ title, id, resource, failed, children }: PartOf<T>): JSX.Element {
  const off = resource.error?.status === 503;
  return (
    <Part title={title} id={id}>
      {off && resource.error && (
        <p class="dim">
          <Mark tone="quiet" sign="–" text="off" /> {resource.error.message}
        </p>
      )}
      {!off && <Problem error={resource.error} reload={resource.reload} old={resource.data !== undefined} />}
      {!resource.data && !resource.error && <Loading what={title.toLowerCase()} lines={1} />}
      {!off && resource.data && children(resource.data)}
      {failed && (
        <p class="why" role="alert">
          {failed}
        </p>
      )}
    </Part>
  );
}

interface FormProps {
  label: string;
  button: string;
  text?: string;
  /** A title beside the text, for post-mortems. */
  heading?: string | undefined;
  save: (text: string, heading: string) => Promise<boolean>;
  cancel?: (() => void) | undefined;
}

/** A text of several lines. What was typed stays until it was saved. */
function Form({ label, button, text = "", heading, save, cancel }: FormProps): JSX.Element {
  const [typed, setTyped] = useState(text);
  const [title, setTitle] = useState(heading ?? "");
  const [busy, setBusy] = useState(false);
  const empty = !typed.trim() || (heading !== undefined && !title.trim());
  const send = async () => {
    setBusy(true);
    const saved = await save(typed.trim(), title.trim());
    setBusy(false);
    if (saved && !cancel) setTyped("");
  };
  return (
    <form
      class="writing"
      onSubmit={(event) => {
        event.preventDefault();
        if (!empty) void send();
      }}
    >
      {heading !== undefined && (
        <label class="field">
          <span>Title</span>
          <input value={title} maxLength={200} onInput={(event) => setTitle(event.currentTarget.value)} />
        </label>
      )}
      <label class="field">
        <span>{label}</span>
        <textarea value={typed} maxLength={20_000} onInput={(event) => setTyped(event.currentTarget.value)} />
      </label>
      <span class="writing-end">
        <button class="button is-main" disabled={empty || busy}>
          {button}
        </button>
        {cancel && (
          <button type="button" class="button" onClick={cancel}>
            Cancel
          </button>
        )}
      </span>
    </form>
  );
}

function Byline({ of }: { of: Note | PostMortem }): JSX.Element {
  return (
    <span class="about">
      {of.author}, <Time iso={of.created} />
      {of.version > 1 && `, changed by ${of.editor}`}
    </span>
  );
}

export function NotesPart({ release }: { release: string }): JSX.Element {
  const parameters = { release_id: release };
  const resource = useResource("/api/releases/{release_id}/notes", { parameters, release });
  const { failed, attempt } = useTry(resource.reload);
  const [editing, setEditing] = useState("");
  const one = "/api/releases/{release_id}/notes/{note_id}";
  return (
    <Written title="Notes" id="notes" resource={resource} failed={failed}>
      {({ notes }) => (
        <>
          {notes.map((note) => (
            <article key={note.id} class="written" aria-label={`Note of ${note.author}`}>
              {editing === note.id ? (
                <Form
                  label="Change the note"
                  button="Save"
                  text={note.text}
                  cancel={() => setEditing("")}
                  save={async (text) => {
                    const where = { ...parameters, note_id: note.id };
                    const done = await attempt(
                      write("put", one, { parameters: where, body: { text, version: note.version } }),
                    );
                    if (done) setEditing("");
                    return done;
                  }}
                />
              ) : (
                <>
                  <p class="written-text">{note.text}</p>
                  <Byline of={note} />{" "}
                  {note.mine && (
                    <Own
                      change={() => setEditing(note.id)}
                      remove={() => {
                        const where = { ...parameters, note_id: note.id };
                        void attempt(
                          write("delete", one, { parameters: where, filters: { version: String(note.version) } }),
                        );
                      }}
                    />
                  )}
                </>
              )}
            </article>
          ))}
          <Form
            label="New note"
            button="Add note"
            save={(text) => attempt(write("post", "/api/releases/{release_id}/notes", { parameters, body: { text } }))}
          />
        </>
      )}
    </Written>
  );
}

function Own({ change, remove }: { change: () => void; remove?: () => void }): JSX.Element {
  return (
    <span class="own">
      <button type="button" class="as-link" onClick={change}>
        Change
      </button>
      {remove && (
        <button type="button" class="as-link" onClick={remove}>
          Delete
        </button>
      )}
    </span>
  );
}

const OUTLINE = "What happened:\n\nWho noticed, and how:\n\nWhy it happened:\n\nWhat follows from it:\n";

export function PostMortemsPart({ release, wanted }: { release: string; wanted: boolean }): JSX.Element | null {
  const resource = useResource("/api/post-mortems", { filters: { release }, release });
  const { failed, attempt } = useTry(resource.reload);
  const [editing, setEditing] = useState("");
  const one = "/api/post-mortems/{post_mortem_id}";
  const found = resource.data?.post_mortems ?? [];
  if (!wanted && !found.length) return null;
  return (
    <Written title="Post-mortem" id="post-mortem" resource={resource} failed={failed}>
      {() => (
        <>
          {found.map((item) => (
            <article key={item.id} class="written" aria-label={item.title}>
              {editing === item.id ? (
                <Form
                  label="Text"
                  button="Save"
                  text={item.text}
                  heading={item.title}
                  cancel={() => setEditing("")}
                  save={async (text, title) => {
                    const body = { title, text, state: item.state, version: item.version };
                    const done = await attempt(write("put", one, { parameters: { post_mortem_id: item.id }, body }));
                    if (done) setEditing("");
                    return done;
                  }}
                />
              ) : (
                <>
                  <h3>
                    {item.title} <Mark tone={item.state === "final" ? "good" : "quiet"} sign="·" text={item.state} />
                  </h3>
                  <p class="written-text">{item.text}</p>
                  <Byline of={item} /> <Own change={() => setEditing(item.id)} />{" "}
                  {item.state === "draft" && (
                    <button
                      type="button"
                      class="as-link"
                      onClick={() => {
                        const { title, text, version } = item;
                        const body = { title, text, version, state: "final" as const };
                        void attempt(write("put", one, { parameters: { post_mortem_id: item.id }, body }));
                      }}
                    >
                      Call it final
                    </button>
                  )}
                </>
              )}
            </article>
          ))}
          {editing === "new" ? (
            <Form
              label="Text"
              button="Save draft"
              text={OUTLINE}
              heading=""
              cancel={() => setEditing("")}
              save={async (text, title) => {
                const body = { release, title, text, state: "draft" as const };
                const done = await attempt(write("post", "/api/post-mortems", { body }));
                if (done) setEditing("");
                return done;
              }}
            />
          ) : (
            !found.length && (
              <p>
                <button type="button" class="button" onClick={() => setEditing("new")}>
                  Write a post-mortem
                </button>
              </p>
            )
          )}
        </>
      )}
    </Written>
  );
}
