import { describe, expect, it } from "vitest";
import { counts_to, left_until, phase_of } from "../src/window.js";
import { an_activity } from "./builders.js";

describe("the window", () => {
  it.each([
    [4, "before", "2026-01-01T00:00:00+08:00"],
    [5, "open", "2035-12-31T23:59:59+08:00"],
    [8, "before", "2026-01-01T00:00:00+08:00"],
  ])("of an activity in state %d is %s, and the countdown runs to %s", (state, phase, moment) => {
    expect(phase_of(an_activity({ state }))).toBe(phase);
    expect(counts_to(an_activity({ state }))).toBe(Date.parse(moment));
  });

  it("of a closed one is over, whatever the clock here says", () => {
    expect(phase_of(an_activity({ state: 7 }))).toBe("after");
    expect(counts_to(an_activity({ state: 7 }))).toBeNull();
  });
});

describe("the countdown", () => {
  it.each([
    [0, 0, "00:00:00"],
    [-5000, 0, "00:00:00"],
    [1, 0, "00:00:01"],
    [3_723_000, 0, "01:02:03"],
    [86_399_999, 1, "00:00:00"],
    [90_061_000, 1, "01:01:01"],
  ])("with %d ms left shows %d days and %s", (ms, days, clock) => {
    expect(left_until(1_000_000 + ms, 1_000_000)).toEqual({ days, clock });
  });
});
