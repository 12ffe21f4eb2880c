import { describe, expect, it } from "vitest";
import { day, duration, exact, machine, moment, relative, seconds } from "../src/time";
import { NOW } from "./fixture";

describe("durations", () => {
  it.each([
    [-3, "0 s"],
    [0, "0 s"],
    [119.4, "119 s"],
    [120, "2 min"],
    [7199, "120 min"],
    [7200, "2 h"],
    [12_000, "3 h 20 min"],
    [10_799, "3 h"],
    [172_799, "48 h"],
    [172_800, "2 d"],
    [187_200, "2 d 4 h"],
  ])("%s s reads as %s", (length, text) => {
    expect(duration(length)).toBe(text);
  });
});

describe("moments", () => {
  it.each([
    [0, "now"],
    [4, "now"],
    [-4, "now"],
    [5, "5 s ago"],
    [-5, "in 5 s"],
    [720, "12 min ago"],
    [12_000, "3 h ago"],
    [187_200, "2 d ago"],
    [-187_200, "in 2 d"],
  ])("%s s before now reads as %s", (past, text) => {
    expect(relative(NOW - past, NOW)).toBe(text);
  });

  it("are shown in the reader's zone, or in UTC if the reader wants that", () => {
    expect(moment(NOW, NOW)).toBe("30 Nov 04:00");
    expect(moment(NOW, NOW, "UTC")).toBe("30 Nov 09:00");
    expect(day(NOW, "UTC")).toBe("30 Nov 2026");
  });

  it("carry the year when it is not this one", () => {
    const lastYear = seconds("2025-12-31T23:30:00Z");
    expect(moment(lastYear, NOW, "UTC")).toBe("31 Dec 2025 23:30");
  });

  it("are exact for machines and on hover", () => {
    expect(exact(NOW + 3)).toBe("2026-11-30 09:00:03 UTC");
    expect(machine(NOW + 3)).toBe("2026-11-30T09:00:03Z");
  });
});
