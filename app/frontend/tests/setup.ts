import { cleanup } from "@testing-library/preact";
import { afterEach, beforeEach, vi } from "vitest";
import { forget } from "../src/preference";
import { NOW } from "./fixture";
import { FakeEvents, answers, forgetAnswers } from "./backend";

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
