/** The texts of the page in each language. */

import type { Language } from "./options.js";
import de from "./words/de.json";
import en from "./words/en.json";
import zh from "./words/zh.json";

export type Word = keyof typeof en;
export type Catalogue = Record<Word, string>;

export const CATALOGUES: Record<Language, Catalogue> = { en, de, zh };

/** Return the first language that somebody reads and the page speaks. */
export function language_of(wanted: readonly string[]): Language {
  const short = wanted.map((language) => language.toLowerCase().split("-")[0] ?? "");
  return short.find((language): language is Language => language in CATALOGUES) ?? "en";
}

/** The words of one language, with numbers and moments as it writes them. */
export class Words {
  readonly language: Language;
  readonly #moment: Intl.DateTimeFormat;
  readonly #zone: Intl.DateTimeFormat;
  readonly #number: Intl.NumberFormat;
  readonly #percent: Intl.NumberFormat;

  constructor(language: Language, time_zone?: string) {
    this.language = language;
    const zone = time_zone === undefined ? {} : { timeZone: time_zone };
    this.#moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", ...zone });
    this.#zone = new Intl.DateTimeFormat(language, { timeZoneName: "longGeneric", ...zone });
    this.#number = new Intl.NumberFormat(language);
    this.#percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 4 });
  }

  /** Return the text of a word, each {name} in it replaced. */
  say(word: Word, values: Record<string, string> = {}): string {
    return CATALOGUES[this.language][word].replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  }

  /** Return the text for a name that another file has, such as a problem's. */
  about(prefix: string, name: string): string {
    const word = `${prefix}_${name}`;
    return word in CATALOGUES.en ? this.say(word as Word) : this.say("problem_unforeseen");
  }

  moment(at: string): string {
    return this.#moment.format(new Date(at));
  }

  /** Return the name of the time zone whose clocks the moments are told by. */
  zone(at: string): string {
    return this.#zone.formatToParts(new Date(at)).find(({ type }) => type === "timeZoneName")?.value ?? "";
  }

  number(count: number): string {
    return this.#number.format(count);
  }

  percent(rate: string): string {
    return this.#percent.format(Number(rate));
  }

  country(code: string): string {
    return new Intl.DisplayNames(this.language, { type: "region" }).of(code) ?? code;
  }
}
