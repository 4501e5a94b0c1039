import { expect, it } from "vitest";
import { lines_of } from "../src/lines.js";

const upto = (characters: number) => (line: string) => [...line].length <= characters;

it.each([
  ["Book voucher", 12, ["Book voucher"]],
  ["Book voucher", 8, ["Book", "voucher"]],
  ["Book voucher 20 €", 8, ["Book", "voucher…"]],
  ["Lebensversicherung", 8, ["Lebensv…"]],
  ["一等奖大礼包", 4, ["一等奖大", "礼包"]],
  ["一等奖大礼包豪华版本", 4, ["一等奖大", "礼包豪…"]],
  ["<b>x</b>", 9, ["<b>x</b>"]],
  ["", 9, [""]],
])("%s stands in lines of %d characters", (text, characters, lines) => {
  expect(lines_of(text, 2, upto(characters))).toEqual(lines);
});
