/** The section of the user's prizes: it loads them page by page, claims them and takes addresses. */

import type { Order } from "./answers.js";
import type { Answer, Api } from "./api.js";
import { ask_address } from "./address_form.js";
import { element } from "./dom.js";
import { merged, prize_item } from "./prizes_list.js";
import { words_of } from "./problem.js";
import { comes_soon } from "./standing.js";
import type { Words } from "./words.js";

/** After these waits a prize is looked at again by itself; later the user asks. */
const LOOK_AGAIN_MS = [1500, 3000, 6000, 12_000, 24_000];

export class Prizes {
  readonly section = element("section", { class: "card", "aria-labelledby": "prizes-title" });
  readonly #api: Api;
  #words: Words;
  #orders: Order[] = [];
  #next: string | null = null;
  #failed = false;
  #faulty: { order_id: string; told: string } | null = null;
  #is_over = false;

  constructor(api: Api, words: Words) {
    this.#api = api;
    this.#words = words;
  }

  speak(words: Words): void {
    this.#words = words;
    this.#draw();
  }

  end(): void {
    this.#is_over = true;
  }

  async load(after?: string): Promise<void> {
    const answer = await this.#api.orders(after);
    this.#failed = "problem" in answer;
    if ("value" in answer) {
      this.#orders = merged(answer.value.draws, this.#orders);
      this.#next = answer.value.next;
    }
    this.#draw();
  }

  /** Show a prize in its newest state, and look again for one that comes soon. */
  put(order: Order): void {
    this.#orders = merged(this.#orders, [order]);
    this.#draw();
    void this.#look_until_it_is_there(order);
  }

  async #look_until_it_is_there(order: Order): Promise<void> {
    for (const ms of LOOK_AGAIN_MS) {
      if (this.#is_over || !comes_soon(order, Date.now())) return;
      await new Promise((resolve) => setTimeout(resolve, ms));
      const answer = await this.#api.order(order.order_id);
      if (!("value" in answer)) continue;
      order = answer.value;
      this.#orders = merged(this.#orders, [order]);
      this.#draw();
    }
  }

  async #act(order: Order, act: () => Promise<Answer<Order>>): Promise<void> {
    const answer = await act();
    const problem = "problem" in answer ? this.#words.about("problem", words_of(answer.problem)) : null;
    this.#faulty = problem === null ? null : { order_id: order.order_id, told: problem };
    if ("value" in answer) this.put(answer.value);
    else this.#draw();
    this.#focus(order);
  }

  #address(order: Order): void {
    const root = this.section.closest<HTMLElement>(".tombola") ?? this.section; // where its colours are known
    ask_address(root, order, this.#words, (address) => this.#api.send_to(order.order_id, address), (taken) => {
      this.put(taken);
      this.#focus(taken);
    });
  }

  /** The list is new after each change: whoever was in it is put back. */
  #focus(order: Order): void {
    this.section.querySelector<HTMLElement>(`[data-order="${order.order_id}"]`)?.focus();
  }

  #draw(): void {
    const words = this.#words;
    const acts = {
      claim: (order: Order) => void this.#act(order, () => this.#api.claim(order.order_id)),
      address: (order: Order) => this.#address(order),
      look_again: (order: Order) => void this.#act(order, () => this.#api.order(order.order_id)),
    };
    const items = this.#orders
      .filter((order) => order.award !== null)
      .map((order) => prize_item(order, words, Date.now(), acts, this.#told_of(order)));
    const after = this.#next;
    const more = () => void this.load(after ?? undefined);
    const none = items.length === 0 && !this.#failed && after === null;
    this.section.replaceChildren(
      element("h3", { id: "prizes-title" }, words.say("prizes")),
      ...(none ? [element("p", { class: "quiet" }, words.say("prizes_none"))] : []),
      ...(items.length === 0 ? [] : [element("ul", {}, ...items)]),
      ...(this.#failed ? [element("p", { class: "problem" }, words.say("prizes_failed"))] : []),
      ...(after === null && !this.#failed ? [] : [this.#more(more)]),
    );
  }

  #more(load: () => void): HTMLElement {
    const word = this.#failed ? "load_again" : "prizes_more";
    return element("button", { type: "button", class: "small", click: load }, this.#words.say(word));
  }

  #told_of(order: Order): string | null {
    return this.#faulty?.order_id === order.order_id ? this.#faulty.told : null;
  }
}
