/** The awards with their odds and what is left of them. */

import type { Activity, Share } from "./answers.js";
import { element } from "./dom.js";
import { colour_of, type Look } from "./look.js";
import type { Words } from "./words.js";

/** Return the table of an activity's awards. */
export function awards_table(activity: Activity, look: Look, words: Words): HTMLElement {
  const heads = (["award", "odds", "left"] as const).map((word) => element("th", { scope: "col" }, words.say(word)));
  const rows = activity.awards.map((share, colour) => row(share, colour_of({ award_id: share.award_id, name: "", colour }, look), words));
  return element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows));
}

function row(share: Share, colour: string, words: Words): HTMLElement {
  const swatch = element("span", { class: "swatch" });
  swatch.style.backgroundColor = colour;
  const locked = share.unlock_after > 0 ? element("small", {}, ` ${words.say("unlocks", { draws: words.number(share.unlock_after) })}`) : null;
  return element(
    "tr",
    { "data-award": share.award_id },
    element("th", { scope: "row" }, swatch, share.award_name, locked),
    element("td", {}, words.percent(share.rate)),
    element("td", {}, left_of(share, words)),
  );
}

function left_of({ stock_left }: Share, words: Words): string {
  if (stock_left === null) return words.say("unlimited");
  return stock_left > 0 ? words.number(stock_left) : words.say("sold_out");
}
