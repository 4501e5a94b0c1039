import { describe, expect, it } from "vitest";
import type { State } from "../src/machine.js";
import { button_text, draws_left, phase_text, problem_text, result_text, window_text } from "../src/phrases.js";
import { Words } from "../src/words.js";
import { a_loss, an_activity, an_order } from "./builders.js";

const WORDS = new Words("en", "UTC");
const IDLE: State = { name: "idle" };
const KEPT: State = { name: "refused", key: "k", problem: { status: 500 } };

describe("the page says", () => {
  it.each([
    ["2035-12-30T15:59:58Z", 5, "Ends in 1 d 00:00:01"],
    ["2035-12-31T15:59:58Z", 5, "Ends in 00:00:01"],
    ["2035-12-31T16:00:00Z", 5, "Ends any moment now."],
    ["2025-12-31T15:59:58Z", 4, "Opens in 00:00:02"],
    ["2026-01-01T00:00:00Z", 4, "Opens any moment now."],
    ["2026-01-01T00:00:00Z", 7, "This draw is over."],
  ])("at %s of an activity in state %d: %s", (now, state, said) => {
    expect(phase_text(an_activity({ state }), WORDS, Date.parse(now))).toBe(said);
  });

  it.each([
    [null, null, "You may draw as often as you like."],
    [3, null, "Draws left: 3"],
    [0, null, "Draws left: 0 There will be no more."],
    [0, "2026-11-24T00:00:00Z", "Draws left: 0 More on Nov 24, 2026, 12:00 AM."],
  ])("with %s draws left, more at %s: %s", (left, renews_at, said) => {
    expect(draws_left({ quotas: [], left, renews_at }, WORDS).replace(/\u202f/g, " ")).toBe(said);
  });

  it.each<[State, string]>([
    [IDLE, "Draw"],
    [{ name: "stopped", order: an_order() }, "Draw again"],
    [KEPT, "Ask again for my draw"],
    [{ name: "turning", key: "k", asks: 1 }, "Drawing …"],
  ])("on the button of %o: %s", (state, said) => {
    expect(button_text(state, WORDS, undefined)).toBe(said);
  });

  it("that it loads, and that it can be tried again, but keeps a draw that waits", () => {
    expect(button_text(IDLE, WORDS, null)).toBe("Loading …");
    expect(button_text(IDLE, WORDS, { status: 500 })).toBe("Load again");
    expect(button_text(KEPT, WORDS, { status: 500 })).toBe("Ask again for my draw");
  });

  it.each<[State, string]>([
    [{ name: "stopped", order: an_order() }, "You have won: Book"],
    [{ name: "stopped", order: a_loss() }, "No prize this time."],
    [{ name: "stopping", key: "k", order: an_order() }, "Drawing …"],
    [IDLE, "Good luck!"],
  ])("of the result of %o: %s", (state, said) => {
    expect(result_text(state, WORDS, true)).toBe(said);
  });

  it("by the clocks of which time zone the window is told", () => {
    const said = window_text(an_activity(), new Words("de", "Europe/Berlin"));
    expect(said).toBe("31.12.2025, 17:00 – 31.12.2035, 16:59 (Mitteleuropäische Zeit)");
  });

  it("by which number its operator finds a problem", () => {
    expect(problem_text({ status: 500, request_id: "r-17" }, WORDS)).toContain("name r-17");
  });
});
