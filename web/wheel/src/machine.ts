/** What the wheel does next: idle, turning, waiting to ask again, stopping, stopped or refused. */

import type { Order } from "./answers.js";
import { is_busy, may_be_recorded, type Problem } from "./problem.js";

export type State =
  | { name: "idle" }
  /** It is asked for the asks-th time. */
  | { name: "turning"; key: string; asks: number }
  /** It is asked again by itself after so many milliseconds, with the same key. */
  | { name: "waiting"; key: string; asks: number; ms: number; problem: Problem }
  | { name: "stopping"; key: string; order: Order }
  | { name: "stopped"; order: Order }
  /** key is null where the next draw gets a new one. */
  | { name: "refused"; key: string | null; problem: Problem };

export type Event =
  | { name: "pressed"; key: string }
  | { name: "answered"; order: Order }
  /** chance is from 0 to 1: callers that were refused together come back apart. */
  | { name: "refused"; problem: Problem; chance: number }
  | { name: "waited" }
  | { name: "stood_still" };

export const ASKS_MAX = 8;
const FIRST_WAIT_MS = 500;
const WAIT_MS_MAX = 15_000;
/** A server that says more than this is not waited for without the player. */
const RETRY_AFTER_SECONDS_MAX = 60;
const SECOND_MS = 1000;

/** Return the state after an event; one that means nothing in this state changes nothing. */
export function next(state: State, event: Event): State {
  switch (event.name) {
    case "pressed":
      return may_press(state) ? { name: "turning", key: event.key, asks: 1 } : state;
    case "answered":
      return state.name === "turning" ? { name: "stopping", key: state.key, order: event.order } : state;
    case "refused":
      return state.name === "turning" ? refused(state, event.problem, event.chance) : state;
    case "waited":
      return state.name === "waiting" ? { name: "turning", key: state.key, asks: state.asks + 1 } : state;
    case "stood_still":
      return state.name === "stopping" ? { name: "stopped", order: state.order } : state;
  }
}

/** Return whether a press of the button begins a draw, or asks for the same one again. */
export function may_press(state: State): boolean {
  return state.name === "idle" || state.name === "stopped" || state.name === "refused";
}

/** Return the key that has no answer yet. */
export function open_key(state: State): string | null {
  return "key" in state ? state.key : null;
}

function refused(state: { key: string; asks: number }, problem: Problem, chance: number): State {
  const { key, asks } = state;
  const ms = again_in_ms(problem, asks, chance);
  if (ms !== null) return { name: "waiting", key, asks, ms, problem };
  return { name: "refused", key: may_be_recorded(problem) ? key : null, problem };
}

/** Return after how many milliseconds to ask again by itself: what the server says and up to as much again,
 * else twice as long each time; null if it is not worth it. */
export function again_in_ms(problem: Problem, asks: number, chance: number): number | null {
  const told = problem.retry_after;
  if (!is_busy(problem) || asks >= ASKS_MAX || (told !== undefined && told > RETRY_AFTER_SECONDS_MAX)) return null;
  const least = told === undefined ? Math.min(FIRST_WAIT_MS * 2 ** (asks - 1), WAIT_MS_MAX) : told * SECOND_MS;
  return Math.round(least * (1 + chance));
}
