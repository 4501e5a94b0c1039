/** What is left after a draw of one's own: counted here, so that the API need not be asked. */

import type { Activity, Quotas } from "./answers.js";

/** Return the activity with a unit of an award less; nothing is taken from an unlimited one. */
export function with_a_win(activity: Activity, award_id: string): Activity {
  const awards = activity.awards.map((share) =>
    share.award_id === award_id && share.stock_left !== null ? { ...share, stock_left: Math.max(0, share.stock_left - 1) } : share,
  );
  return { ...activity, awards };
}

/** Return the quotas with a draw more; where nothing limits them they stay as they are. */
export function with_a_draw(quotas: Quotas): Quotas {
  if (quotas.left === null) return quotas;
  const counted = quotas.quotas.map((each) => ({ ...each, taken: each.taken + 1, left: each.left - 1 }));
  return { ...quotas, quotas: counted, left: Math.min(...counted.map(({ left }) => left)) };
}
