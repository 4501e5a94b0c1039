/** What went wrong with a request, and what is to be done: ask again, or tell the player. */

import table from "./problems.json";

/** A refusal as RFC 9457 tells it; status 0 where no answer came. */
export interface Problem {
  status: number;
  code?: string;
  title?: string;
  detail?: string;
  field?: string;
  request_id?: string;
  /** Seconds, from the header Retry-After. */
  retry_after?: number;
  /** There was no token, so that no request was sent. */
  unsent?: true;
}

export const NO_ANSWER: Problem = { status: 0 };
/** What the API says of a draw of an activity that only trees lead to. */
export const NOT_THIS_WAY: Problem = { status: 409, code: "0001", title: "not the way in" };
export const UNAUTHORIZED = 401;
const INTERNAL = 500;
/** No answer, too many requests, and what a gateway says when the service behind it is gone. */
const BUSY: readonly number[] = [0, 408, 429, 502, 503, 504];
/** Of the last one of these nobody knows whether the draw is on record. */
const UNKNOWN_EFFECT: readonly number[] = [...BUSY, UNAUTHORIZED, INTERNAL];

/** Return whether asking again by itself is worth it. */
export function is_busy(problem: Problem): boolean {
  return BUSY.includes(problem.status);
}

/** Return whether the draw may be on record for all we know, so that its key must be kept. */
export function may_be_recorded(problem: Problem): boolean {
  return UNKNOWN_EFFECT.includes(problem.status);
}

/** Return whether it is the user who is refused, whatever is asked for. */
export function is_about_the_user(problem: Problem): boolean {
  return ["signed_out", "another_user", "unknown_user"].includes(words_of(problem));
}

export type ProblemWords = (typeof table)[number]["words"];

/** Return the name of the words for a problem: those of its title, else of its code, else of its status. */
export function words_of(problem: Problem): string {
  const same = table.filter((row) => row.status === problem.status);
  const found =
    same.find((row) => row.code === (problem.code ?? null) && row.title === problem.title) ??
    same.find((row) => row.code === (problem.code ?? null) && row.title === null) ??
    same.find((row) => row.code === null && row.title === null);
  return found?.words ?? (is_busy(problem) ? "busy" : "unforeseen");
}
