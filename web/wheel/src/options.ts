/** What whoever puts the wheel on a page says about it. */

/** A fact about the user, as rule trees and conditions ask for it. */
export type Fact = string | number | boolean | string[];

/** Return a token of the user who is signed in. */
export type TokenOf = () => string | Promise<string>;

/** Whom the requests are for: the user of a token, or one by name where the API asks for no token. */
export type Caller = { token: TokenOf } | { user: string };

export type Kind = "wheel" | "grid" | "slots";
export type Language = "en" | "de" | "zh";

export const KINDS: readonly Kind[] = ["wheel", "grid", "slots"];
export const LANGUAGES: readonly Language[] = ["en", "de", "zh"];
export const THEMES = ["auto", "light", "dark"] as const;
/** An address that is not one of the page's own: without it the browser would take it for a path of the page. */
const ADDRESS = /^(https?:\/\/|\/)/;

/** What the options without which nothing works are meant to be. */
const MEANT = { api: "the address of the API", activity: "the id of the activity" };

export interface Options {
  /** The address of the API, as `tombola status` and the stack's output ApiUrl say it. */
  api: string;
  /** The activity that is shown, and drawn unless a tree is named. */
  activity: string;
  /** The rule tree through which users draw; it may lead to another activity, which is shown then. */
  tree?: string | undefined;
  /** Return a token of the user who is signed in; asked again once when the API refuses it. */
  token?: TokenOf | undefined;
  /** The user's name, where the API asks for no token: a local stack. */
  user?: string | undefined;
  /** Facts for the tree or the conditions of the activity; with tokens they come from their claims. */
  facts?: Record<string, Fact> | undefined;
  /** "wheel" if left out. */
  show?: Kind | undefined;
  /** The browser's language if left out, English if the page does not speak it. */
  language?: Language | undefined;
  /** "auto" if left out: as the browser is set. */
  theme?: (typeof THEMES)[number] | undefined;
}

/** Return who asks; an error names the option that is wrong and what to do. */
export function caller_of({ token, user }: Options): Caller {
  if (typeof token === "function" && user === undefined) return { token };
  if (typeof user === "string" && user !== "" && token === undefined) return { user };
  throw new TypeError("mountWheel: give either token, a function that returns a token, or user, a user's name");
}

/** Refuse options that cannot work; an error names the option that is wrong and what to do. */
export function checked(options: Options): Options {
  for (const name of ["api", "activity"] as const) {
    if (typeof options[name] !== "string" || options[name] === "") {
      throw new TypeError(`mountWheel: give ${name}, ${MEANT[name]}, as a text; it is ${JSON.stringify(options[name])}`);
    }
  }
  if (!ADDRESS.test(options.api)) {
    throw new TypeError(`mountWheel: api begins with https://, http:// or /, and is not ${options.api}`);
  }
  if (options.show !== undefined && !KINDS.includes(options.show)) {
    throw new TypeError(`mountWheel: show is one of ${KINDS.join(", ")}, not ${options.show}`);
  }
  if (options.language !== undefined && !LANGUAGES.includes(options.language)) {
    throw new TypeError(`mountWheel: language is one of ${LANGUAGES.join(", ")}, not ${options.language}`);
  }
  if (options.theme !== undefined && !THEMES.includes(options.theme)) {
    throw new TypeError(`mountWheel: theme is one of ${THEMES.join(", ")}, not ${options.theme}`);
  }
  caller_of(options);
  return options;
}
