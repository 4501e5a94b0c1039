/** The prizes of the user: what they are, how they stand, and what is left to do for them. */

import { type Order, TEXT } from "./answers.js";
import { element, tell } from "./dom.js";
import { may_address, type Standing, standing_of } from "./standing.js";
import type { Word, Words } from "./words.js";

/** What the user can do with a prize. */
export interface Acts {
  claim: (order: Order) => void;
  address: (order: Order) => void;
  look_again: (order: Order) => void;
}

/** Return the orders with those of another answer put in: newest first, each once, in its newest state. */
export function merged(orders: readonly Order[], newer: readonly Order[]): Order[] {
  const by_id = new Map([...orders, ...newer].map((order) => [order.order_id, order]));
  return [...by_id.values()].sort((one, other) => Date.parse(other.drawn_at) - Date.parse(one.drawn_at));
}

/** Return a prize as an item of the list; a problem that the last act met is told under it. */
export function prize_item(order: Order, words: Words, now: number, acts: Acts, problem: string | null): HTMLLIElement {
  const standing = standing_of(order, now);
  return element(
    "li",
    { "data-order": order.order_id, "data-standing": standing, tabindex: "-1" },
    element("strong", {}, order.award?.award_name ?? ""),
    element("small", {}, words.say("won_at", { time: words.moment(order.drawn_at) })),
    element("span", { class: "standing" }, told(order, standing, words)),
    content_of(order, words),
    problem === null ? null : element("span", { class: "problem", role: "alert" }, problem),
    buttons_of(order, standing, words, now, acts),
  );
}

function told(order: Order, standing: Standing, words: Words): string {
  const said = words.say(`standing_${standing}` as Word, {
    carrier: order.shipment?.carrier ?? "",
    tracking: order.shipment?.tracking ?? "",
    time: order.grant_at === null ? "" : words.moment(order.grant_at),
  });
  const by_when = standing === "to_claim" || standing === "to_address" ? order.claim_by : null;
  return by_when === null ? said : `${said} (${words.say("claim_by", { time: words.moment(by_when) })})`;
}

function content_of(order: Order, words: Words): HTMLElement | null {
  const content = order.award?.award_content ?? null;
  if (content === null) return null;
  const copy = element("button", { type: "button", class: "small" }, words.say("copy"));
  copy.addEventListener("click", () => {
    void navigator.clipboard?.writeText(content).then(() => tell(copy, words.say("copied")));
  });
  return element("span", { class: "content" }, element(order.award?.award_type === TEXT ? "q" : "code", {}, content), copy);
}

function buttons_of(order: Order, standing: Standing, words: Words, now: number, acts: Acts): HTMLElement | null {
  const button = (word: Word, act: (order: Order) => void, kind: string) =>
    element("button", { type: "button", class: kind, click: () => act(order) }, words.say(word));
  if (standing === "to_claim") return button("claim", acts.claim, "main small");
  if (standing === "to_address") return button("give_address", acts.address, "main small");
  if (may_address(order, now)) return button("change_address", acts.address, "small");
  return standing === "on_its_way" ? button("look_again", acts.look_again, "small") : null;
}
