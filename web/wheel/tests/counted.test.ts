import { expect, it } from "vitest";
import type { Quotas } from "../src/answers.js";
import { with_a_draw, with_a_win } from "../src/counted.js";
import { a_share, an_activity } from "./builders.js";

const QUOTAS: Quotas = {
  quotas: [
    { period: "day", draws: 3, taken: 1, left: 2, renews_at: null },
    { period: "activity", draws: 9, taken: 8, left: 1, renews_at: null },
  ],
  left: 1,
  renews_at: null,
};

it("a win takes one unit of its award, none that are not there, and none of an unlimited one", () => {
  const awards = [a_share("1"), { ...a_share("2"), stock_left: 0 }, { ...a_share("3"), stock_left: null }];
  const left = (award_id: string) => with_a_win(an_activity({ awards }), award_id).awards.map(({ stock_left }) => stock_left);

  expect(left("1")).toEqual([9, 0, null]);
  expect(left("2")).toEqual([10, 0, null]);
  expect(left("3")).toEqual([10, 0, null]);
});

it("a draw counts in each period, and the least that is left is what is left", () => {
  const counted = with_a_draw(QUOTAS);

  expect(counted.quotas.map(({ taken, left }) => [taken, left])).toEqual([[2, 1], [9, 0]]);
  expect(counted.left).toBe(0);
});

it("where nothing limits draws none is counted", () => {
  const unlimited: Quotas = { quotas: [], left: null, renews_at: null };

  expect(with_a_draw(unlimited)).toBe(unlimited);
});
