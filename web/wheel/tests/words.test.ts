import { describe, expect, it } from "vitest";
import { LANGUAGES } from "../src/options.js";
import { is_about_the_user, words_of } from "../src/problem.js";
import { CATALOGUES, language_of, type Word, Words } from "../src/words.js";

const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

describe.each(LANGUAGES)("the catalogue %s", (language) => {
  it("has a text for each word, with the same values in it", () => {
    expect(Object.keys(CATALOGUES[language])).toEqual(Object.keys(CATALOGUES.en));
    for (const [word, text] of Object.entries(CATALOGUES.en)) {
      expect(CATALOGUES[language][word as Word]).not.toBe("");
      expect([word, ...placeholders(CATALOGUES[language][word as Word])]).toEqual([word, ...placeholders(text)]);
    }
  });
});

it.each([
  ["en", "5% 0.0001% 12,345", "Nov 23, 2026, 4:00 AM", "Germany"],
  ["de", "5\u00a0% 0,0001\u00a0% 12.345", "23.11.2026, 04:00", "Deutschland"],
  ["zh", "5% 0.0001% 12,345", "2026年11月23日 04:00", "德国"],
] as const)("%s writes numbers, moments and countries as it is usual there", (language, numbers, moment, country) => {
  const words = new Words(language, "UTC");

  expect([words.percent("0.05"), words.percent("0.000001"), words.number(12345)].join(" ")).toBe(numbers);
  expect(words.moment("2026-11-23T12:00:00+08:00").replace(/\u202f/g, " ")).toBe(moment);
  expect(words.country("DE")).toBe(country);
});

describe("a language", () => {
  it.each([
    [["de-AT", "en"], "de"],
    [["fr", "zh-Hans-CN"], "zh"],
    [["fr"], "en"],
    [[], "en"],
  ])("of somebody who reads %s is %s", (wanted, language) => {
    expect(language_of(wanted)).toBe(language);
  });
});

describe("the words for a problem", () => {
  it.each([
    [{ status: 409, code: "0001", title: "activity closed" }, "closed"],
    [{ status: 409, code: "0001", title: "a title to come" }, "refused"],
    [{ status: 409, code: "0004", title: "quota of the day used up" }, "quota_used_up"],
    [{ status: 409, code: "a code to come" }, "refused"],
    [{ status: 401 }, "signed_out"],
    [{ status: 429 }, "busy"],
    [{ status: 504 }, "busy"],
    [{ status: 418 }, "unforeseen"],
    [{ status: 0 }, "no_connection"],
  ])("%o are those of %s", (problem, words) => {
    expect(words_of(problem)).toBe(words);
    expect(new Words("en").about("problem", words)).toBe(CATALOGUES.en[`problem_${words}` as Word]);
  });

  it.each([
    [{ status: 401 }, true],
    [{ status: 403 }, true],
    [{ status: 404, code: "0002", title: "unknown user" }, true],
    [{ status: 404, code: "0002", title: "unknown activity" }, false],
    [{ status: 503 }, false],
  ])("%o say whether it is the user who is refused: %s", (problem, is_so) => {
    expect(is_about_the_user(problem)).toBe(is_so);
  });

  it("have what belongs into them", () => {
    expect(new Words("en").say("draws_left", { left: "3" })).toBe("Draws left: 3");
    expect(new Words("en").say("result_won", { award: "{left} $& <b>" })).toBe("You have won: {left} $& <b>");
  });
});
