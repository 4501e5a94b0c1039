/** The window of an activity, and how long it is until something changes. */

import { type Activity, CLOSED, STARTED } from "./answers.js";

export type Phase = "before" | "open" | "after";

export interface Left {
  days: number;
  /** Hours, minutes and seconds, as a clock shows them. */
  clock: string;
}

const SECOND_MS = 1000;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Return the phase that the API tells: its clock counts, not the user's. */
export function phase_of({ state }: Activity): Phase {
  if (state === STARTED) return "open";
  return state === CLOSED ? "after" : "before";
}

/** Return the moment that the countdown runs to, in milliseconds; null where nothing is ahead. */
export function counts_to(activity: Activity): number | null {
  const phase = phase_of(activity);
  if (phase === "after") return null;
  return Date.parse(phase === "open" ? activity.end : activity.begin);
}

/** Return how long it is from now to a moment; nothing once it has passed. */
export function left_until(moment: number, now: number): Left {
  const seconds = Math.max(0, Math.ceil((moment - now) / SECOND_MS));
  const two = (number: number) => String(number).padStart(2, "0");
  const clock = [seconds % DAY / HOUR, seconds % HOUR / MINUTE, seconds % MINUTE].map((part) => two(Math.floor(part)));
  return { days: Math.floor(seconds / DAY), clock: clock.join(":") };
}
