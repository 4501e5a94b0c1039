/** What the page says of the activity, of a draw and of a problem. */

import type { Activity, Quotas } from "./answers.js";
import { may_press, type State } from "./machine.js";
import { type Problem, words_of } from "./problem.js";
import { counts_to, left_until, phase_of } from "./window.js";
import type { Words } from "./words.js";

/** Say when the activity opens and ends, and by the clocks of which time zone. */
export function window_text({ begin, end }: Activity, words: Words): string {
  return words.say("window", { begin: words.moment(begin), end: words.moment(end), zone: words.zone(end) });
}

/** Say how long it is until the activity opens or ends. */
export function phase_text(activity: Activity, words: Words, now: number): string {
  const moment = counts_to(activity);
  if (moment === null) return words.say("phase_after");
  const is_open = phase_of(activity) === "open";
  if (moment <= now) return words.say(is_open ? "phase_ending" : "phase_soon");
  const { days, clock } = left_until(moment, now);
  const left = days === 0 ? clock : words.say("days", { days: words.number(days), clock });
  return words.say(is_open ? "phase_open" : "phase_before", { left });
}

/** Say how many draws are left, and when there are more. */
export function draws_left({ left, renews_at }: Quotas, words: Words): string {
  if (left === null) return words.say("draws_unlimited");
  const said = words.say("draws_left", { left: words.number(left) });
  if (left > 0) return said;
  const more = renews_at === null ? words.say("draws_never_renew") : words.say("draws_renew", { time: words.moment(renews_at) });
  return `${said} ${more}`;
}

/** Say what a press of the button does; load_problem is undefined once the activity is there. */
export function button_text(state: State, words: Words, load_problem: Problem | null | undefined): string {
  if (!may_press(state)) return words.say("drawing");
  if (state.name === "refused" && state.key !== null) return words.say("ask_again");
  if (load_problem !== undefined) return words.say(load_problem === null ? "loading" : "load_again");
  return words.say(state.name === "stopped" ? "draw_again" : "draw");
}

/** Say what came of the draw. */
export function result_text(state: State, words: Words, may_draw: boolean): string {
  if (state.name === "stopped") {
    const { award } = state.order;
    return award === null ? words.say("result_lost") : words.say("result_won", { award: award.award_name });
  }
  if (!may_press(state)) return words.say("drawing");
  return may_draw && state.name === "idle" ? words.say("result_ready") : "";
}

/** Say what went wrong; with a number by which its operator finds it. */
export function problem_text(problem: Problem, words: Words): string {
  const said = words.about("problem", words_of(problem));
  const { request_id } = problem;
  return request_id === undefined ? said : `${said} ${words.say("reported", { request_id })}`;
}
