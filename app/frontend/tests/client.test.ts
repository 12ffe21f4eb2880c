import { describe, expect, it } from "vitest";
import { ApiError, read, url, write } from "../src/api/client";
import { answer, asked, breakDown } from "./backend";
import { OVERVIEW } from "./fixture";

async function failure(work: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await work.then(
    () => undefined,
    (found: unknown) => found,
  );
  if (!(error instanceof ApiError)) throw new Error(`no ApiError: ${String(error)}`);
  return error;
}

describe("the client", () => {
  it("fills parameters in and leaves empty filters out", () => {
    expect(url("/api/releases/{release_id}", { release_id: "a/b" })).toBe("/api/releases/a%2Fb");
    expect(url("/api/releases", {}, { q: "x y", env: "", to: undefined })).toBe("/api/releases?q=x+y");
    expect(url("/api/releases/{release_id}")).toBe("/api/releases/");
  });

  it("reads JSON", async () => {
    answer("/api/overview", OVERVIEW);
    expect((await read("/api/overview")).platform).toBe("slipway");
  });

  it("says the backend's own sentence, with the id to look for in its log when it failed", async () => {
    answer("/api/overview", { error: "The log can't be read now. Try again.", request_id: "r-1" }, 500);
    const error = await failure(read("/api/overview"));
    expect([error.status, error.message, error.next]).toEqual([
      500,
      "The log can't be read now. Try again.",
      "Its log has it under r-1.",
    ]);
    answer("/api/overview", { error: "Sign in again.", request_id: "r-2" }, 401);
    expect((await failure(read("/api/overview"))).next).toBe("");
  });

  it.each([
    [401, "You are not signed in."],
    [403, "You may not see this."],
    [404, "There is nothing under this address."],
    [429, "The board gets too many requests."],
    [502, "The board's backend answered with an error (502)."],
    [503, "This part of the board is off."],
  ])("has a sentence and a next step for a %i that is not JSON", async (status, message) => {
    answer("/api/overview", "<html>", status);
    const error = await failure(read("/api/overview"));
    expect(error.message).toBe(message);
    expect(error.next).not.toBe("");
  });

  it("says when the backend can't be reached", async () => {
    breakDown("/api/overview", "unreachable");
    expect((await failure(read("/api/overview"))).message).toBe("The board's backend can't be reached.");
  });

  it("writes JSON, and takes an answer without a body", async () => {
    const parameters = { release_id: "prod-app-12", note_id: "3" };
    answer("POST /api/releases/prod-app-12/notes", { id: "3" }, 201);
    const note = await write("post", "/api/releases/{release_id}/notes", { parameters, body: { text: "hello" } });
    expect(note.id).toBe("3");
    expect(asked.at(-1)).toEqual({ method: "POST", url: "/api/releases/prod-app-12/notes", body: { text: "hello" } });
    answer("DELETE /api/releases/prod-app-12/notes/3", null, 204);
    const path = "/api/releases/{release_id}/notes/{note_id}";
    expect(await write("delete", path, { parameters, filters: { version: "1" } })).toBeUndefined();
    expect(asked.at(-1)?.url).toBe("/api/releases/prod-app-12/notes/3?version=1");
  });
});
