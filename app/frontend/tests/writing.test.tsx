import { fireEvent, render, screen, waitFor, within } from "@testing-library/preact";
import { beforeEach, describe, expect, it } from "vitest";
import { App } from "../src/app";
import { answer, asked } from "./backend";
import { OVERVIEW, RELEASES } from "./fixture";
import { NOTE, POST_MORTEM, VIEW } from "./fixture-more";
import { BACK } from "./fixture-release";

const NOTES = "/api/releases/staging-web-8/notes";

function open(path: string): void {
  window.history.replaceState(null, "", path);
  render(<App />);
}

beforeEach(() => {
  answer("/api/overview", OVERVIEW);
  answer("/api/releases", RELEASES);
  answer("/api/releases/staging-web-8", BACK);
  answer(NOTES, { notes: [NOTE] });
  answer("/api/post-mortems", { post_mortems: [POST_MORTEM] });
  answer("/api/views", { views: [VIEW] });
});

function sent(method: string): unknown[] {
  return asked.filter((one) => one.method === method).map(({ url, body }) => [url, body]);
}

describe("notes", () => {
  it("are written, changed with the version that was read, and deleted", async () => {
    open("/releases/staging-web-8");
    const part = await screen.findByRole("region", { name: "Notes" });
    expect(await within(part).findByText("flask was missing")).toBeTruthy();
    expect(within(part).getByRole("button", { name: "Add note" })).toHaveProperty("disabled", true);

    fireEvent.input(within(part).getByLabelText("New note"), { target: { value: " fixed \n" } });
    answer(`POST ${NOTES}`, NOTE, 201);
    fireEvent.click(within(part).getByRole("button", { name: "Add note" }));
    await waitFor(() => expect(within(part).getByLabelText("New note")).toHaveProperty("value", ""));
    expect(sent("POST")).toEqual([[NOTES, { text: "fixed" }]]);

    fireEvent.click(within(part).getByRole("button", { name: "Change" }));
    fireEvent.input(await within(part).findByLabelText("Change the note"), { target: { value: "flask" } });
    answer(`PUT ${NOTES}/${NOTE.id}`, NOTE);
    fireEvent.click(within(part).getByRole("button", { name: "Save" }));
    fireEvent.click(await within(part).findByRole("button", { name: "Delete" }));
    expect(sent("PUT")).toEqual([[`${NOTES}/${NOTE.id}`, { text: "flask", version: 1 }]]);
    await waitFor(() => expect(sent("DELETE")).toEqual([[`${NOTES}/${NOTE.id}?version=1`, undefined]]));
  });

  it("of others can't be changed, and what was typed stays when it was not saved", async () => {
    answer(NOTES, { notes: [{ ...NOTE, mine: false, version: 2, editor: "ben" }] });
    open("/releases/staging-web-8");
    const part = await screen.findByRole("region", { name: "Notes" });
    expect(await within(part).findByText(/changed by ben/)).toBeTruthy();
    expect(within(part).queryByRole("button", { name: "Change" })).toBeNull();
    answer(`POST ${NOTES}`, { error: "There are too many notes on this release." }, 409);
    fireEvent.input(within(part).getByLabelText("New note"), { target: { value: "one more" } });
    fireEvent.click(within(part).getByRole("button", { name: "Add note" }));
    expect((await within(part).findByRole("alert")).textContent).toBe("There are too many notes on this release.");
    expect(within(part).getByLabelText("New note")).toHaveProperty("value", "one more");
  });

  it("are off without a database, in a sentence", async () => {
    answer(NOTES, { error: "there is no PostgreSQL (DATABASE_HOST)" }, 503);
    open("/releases/staging-web-8");
    const part = await screen.findByRole("region", { name: "Notes" });
    expect(await within(part).findByText(/there is no PostgreSQL/)).toBeTruthy();
    expect(within(part).queryByRole("button")).toBeNull();
  });
});

describe("a post-mortem", () => {
  it("begins with an outline, and is a draft", async () => {
    answer("/api/post-mortems", { post_mortems: [] });
    open("/releases/staging-web-8");
    const part = await screen.findByRole("region", { name: "Post-mortem" });
    fireEvent.click(await within(part).findByRole("button", { name: "Write a post-mortem" }));
    const title = await within(part).findByLabelText("Title");
    expect(within(part).getByLabelText("Text")).toHaveProperty("value", expect.stringContaining("Why it happened:"));
    fireEvent.input(title, { target: { value: "The search" } });
    answer("POST /api/post-mortems", POST_MORTEM, 201);
    fireEvent.click(within(part).getByRole("button", { name: "Save draft" }));
    await waitFor(() => expect(sent("POST")).toHaveLength(1));
    expect(sent("POST")[0]).toMatchObject([
      "/api/post-mortems",
      { release: "staging-web-8", title: "The search", state: "draft" },
    ]);
    expect(await within(part).findByRole("button", { name: "Write a post-mortem" })).toBeTruthy();
  });

  it("is changed, and called final, with the version that was read", async () => {
    open("/releases/staging-web-8");
    const part = await screen.findByRole("region", { name: "Post-mortem" });
    fireEvent.click(await within(part).findByRole("button", { name: "Change" }));
    fireEvent.input(await within(part).findByLabelText("Text"), { target: { value: "flask." } });
    answer(`PUT /api/post-mortems/${POST_MORTEM.id}`, POST_MORTEM);
    fireEvent.click(within(part).getByRole("button", { name: "Save" }));
    fireEvent.click(await within(part).findByRole("button", { name: "Call it final" }));
    await waitFor(() => expect(sent("PUT")).toHaveLength(2));
    const path = `/api/post-mortems/${POST_MORTEM.id}`;
    expect(sent("PUT")).toEqual([
      [path, { title: POST_MORTEM.title, text: "flask.", state: "draft", version: 1 }],
      [path, { title: POST_MORTEM.title, text: POST_MORTEM.text, state: "final", version: 1 }],
    ]);
  });
});

describe("saved views", () => {
  it("set the filters that they hold, and can be forgotten by who saved them", async () => {
    open("/releases");
    fireEvent.change(await screen.findByLabelText("Saved view"), { target: { value: VIEW.id } });
    await waitFor(() => expect(window.location.search).toBe("?env=prod&state=failed"));
    answer(`DELETE /api/views/${VIEW.id}`, null, 204);
    fireEvent.click(await screen.findByRole("button", { name: "Forget view" }));
    await waitFor(() => expect(sent("DELETE")).toEqual([[`/api/views/${VIEW.id}?version=1`, undefined]]));
    fireEvent.change(screen.getByLabelText("Saved view"), { target: { value: "" } });
    await waitFor(() => expect(window.location.search).toBe(""));
  });

  it("are saved under a name, for oneself or for everybody", async () => {
    open("/releases?env=dev");
    fireEvent.click(await screen.findByRole("button", { name: "Save view" }));
    fireEvent.input(await screen.findByLabelText("Name of the view"), { target: { value: "Dev" } });
    fireEvent.click(screen.getByLabelText("for everybody"));
    answer("POST /api/views", { error: "You have too many views." }, 409);
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() =>
      expect(sent("POST")).toEqual([["/api/views", { name: "Dev", query: "env=dev", shared: true }]]),
    );
    expect((await screen.findByRole("alert")).textContent).toBe("You have too many views.");
  });
});
