import { cleanup, configure } from "@testing-library/preact";
import { afterEach, beforeEach, vi } from "vitest";
import { forget } from "../src/preference";
import { NOW } from "./fixture";
import { FakeEvents, answers, forgetAnswers } from "./backend";

// What a test waits for comes when it comes: a busy machine is no failure.
configure({ asyncUtilTimeout: 20_000 });

beforeEach(() => {
  vi.useFakeTimers({ now: NOW * 1000, shouldAdvanceTime: true });
  vi.stubGlobal("fetch", answers);
  vi.stubGlobal("EventSource", FakeEvents);
  window.scrollTo = () => undefined;
  window.history.replaceState(null, "", "/");
  forget();
  forgetAnswers();
  FakeEvents.all.length = 0;
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
