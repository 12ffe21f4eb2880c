/** A backend that answers what a test says, and an EventSource that says what a test tells it. */

export interface Asked {
  method: string;
  url: string;
  body: unknown;
}

type Reply = { status: number; body: unknown } | "unreachable" | "never";

const replies = new Map<string, Reply>();
export const asked: Asked[] = [];

export function forgetAnswers(): void {
  replies.clear();
  asked.length = 0;
}

/** Answer this path (or `METHOD path`, or a path with its query) with JSON from now on. */
export function answer(path: string, body: unknown, status = 200): void {
  replies.set(path, { status, body });
}

export function breakDown(path: string, how: "unreachable" | "never"): void {
  replies.set(path, how);
}

/** In place of `fetch`. Nothing is answered that no test asked for. */
export function answers(input: string, request: RequestInit = {}): Promise<Response> {
  const method = request.method ?? "GET";
  const body: unknown = typeof request.body === "string" ? JSON.parse(request.body) : undefined;
  asked.push({ method, url: input, body });
  const [path = ""] = input.split("?");
  const found =
    replies.get(`${method} ${input}`) ??
    replies.get(`${method} ${path}`) ??
    (method === "GET" ? (replies.get(input) ?? replies.get(path)) : undefined);
  if (found === "unreachable") return Promise.reject(new TypeError("Failed to fetch"));
  if (found === "never") return new Promise(() => undefined);
  const { status, body: text } = found ?? { status: 404, body: { error: `No answer for ${method} ${input}.` } };
  if (status === 204) return Promise.resolve(new Response(null, { status }));
  return Promise.resolve(new Response(typeof text === "string" ? text : JSON.stringify(text), { status }));
}

export class FakeEvents extends EventTarget {
  static readonly all: FakeEvents[] = [];
  closed = false;
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
    FakeEvents.all.push(this);
  }

  static get last(): FakeEvents {
    const found = FakeEvents.all.at(-1);
    if (!found) throw new Error("nobody listens");
    return found;
  }

  open(): void {
    this.dispatchEvent(new Event("open"));
  }

  fail(): void {
    this.dispatchEvent(new Event("error"));
  }

  say(kind: string, data: unknown): void {
    const text = typeof data === "string" ? data : JSON.stringify(data);
    this.dispatchEvent(new MessageEvent(kind, { data: text }));
  }

  close(): void {
    this.closed = true;
  }
}
