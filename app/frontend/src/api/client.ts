/** The one way to the backend. Types come from its OpenAPI document, so that a field that is gone is a type error. */
import type { paths, Problem } from "./schema";

type Json<R> = R extends { content: { "application/json": infer T } } ? T : never;
type Answer<O> = O extends { responses: { 200: infer R } }
  ? Json<R>
  : O extends { responses: { 201: infer R } }
    ? Json<R>
    : never;
type Operation<P extends keyof paths, M extends string> = paths[P] extends Record<M, infer O> ? O : never;

/** The paths that can be read as JSON. */
export type Readable = { [P in keyof paths]: [Answer<Operation<P, "get">>] extends [never] ? never : P }[keyof paths];
export type Body<P extends Readable> = Answer<Operation<P, "get">>;
export type Filters = Record<string, string | undefined>;

/** Why the backend gave no answer: a sentence, and what the reader can do. */
export class ApiError extends Error {
  readonly status: number;
  readonly next: string;

  constructor(status: number, message: string, next: string) {
    super(message);
    this.status = status;
    this.next = next;
  }
}

const NEXT: Record<number, [string, string]> = {
  401: ["You are not signed in.", "Load the page again to sign in."],
  403: ["You may not see this.", "Ask an owner of the platform to let you read this environment."],
  409: ["Somebody else changed this meanwhile.", "Load the page again, then make your change."],
  404: ["There is nothing under this address.", "Search for it in Releases."],
  429: ["The board gets too many requests.", "Wait a minute, then try again."],
  503: ["This part of the board is off.", "The overview says what is off, and why."],
};

/** The backend's own sentence, which ends with what to do; or one for the status, if something before it answered. */
async function failure(response: Response): Promise<ApiError> {
  const [message, next] = NEXT[response.status] ?? [
    `The board's backend answered with an error (${response.status}).`,
    "Try again. If that fails, read the backend's log.",
  ];
  try {
    const { error, request_id: id } = (await response.json()) as Partial<Problem>;
    if (error)
      return new ApiError(response.status, error, id && response.status >= 500 ? `Its log has it under ${id}.` : "");
  } catch {
    // No JSON: a load balancer or a proxy answered.
  }
  return new ApiError(response.status, message, next);
}

async function send(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const headers = new Headers({ Accept: "application/json" });
  const request: RequestInit = { method, headers };
  if (signal) request.signal = signal;
  if (body !== undefined) {
    request.body = JSON.stringify(body);
    headers.set("Content-Type", "application/json");
  }
  let response: Response;
  try {
    response = await fetch(url, request);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "The board's backend can't be reached.", "Check your connection, then try again.");
  }
  if (!response.ok) throw await failure(response);
  return response;
}

/** The address of a path with its parameters filled in and the filters that are set. */
export function url(path: string, parameters: Filters = {}, filters: Filters = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ""));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) if (value) query.set(name, value);
  const text = query.toString();
  return text ? `${filled}?${text}` : filled;
}

/** Read one path. */
export async function read<P extends Readable>(
  path: P,
  { parameters, filters, signal }: { parameters?: Filters; filters?: Filters; signal?: AbortSignal } = {},
): Promise<Body<P>> {
  const response = await send("GET", url(path, parameters, filters), undefined, signal);
  return (await response.json()) as Body<P>;
}

type Content<O> = O extends { requestBody: { content: { "application/json": infer T } } } ? T : undefined;

/** Write: what people add to a release. An answer without a body is undefined. */
export async function write<P extends keyof paths, M extends "post" | "put" | "delete">(
  method: M,
  path: P,
  options: { parameters?: Filters; filters?: Filters; body?: Content<Operation<P, M>> } = {},
): Promise<Answer<Operation<P, M>>> {
  const response = await send(method.toUpperCase(), url(path, options.parameters, options.filters), options.body);
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as Answer<Operation<P, M>>;
}
