/** One draw after another: it moves the machine by what the player, the API and the clock do. */

import type { Order } from "./answers.js";
import type { Api } from "./api.js";
import { type Event, may_press, next, open_key, type State } from "./machine.js";
import type { Fact } from "./options.js";
import type { PendingDraw } from "./pending_draw.js";

/** What a draw needs of the world; each of these a test can make up. */
export interface Surroundings {
  now: () => number;
  chance: () => number;
  new_key: () => string;
  /** Resolve after so many milliseconds, or sooner when the connection is back. */
  wait: (ms: number) => Promise<void>;
  /** Aborted once the page has ended: nothing is asked or shown any more, and the key waits for the next one. */
  signal: AbortSignal;
  /** Return the draw without an answer of the user who is signed in now. */
  pending_of: () => Promise<PendingDraw>;
}

/** Show a state; with stopping it resolves once the wheel stands still. */
export type Show = (state: State, repeat: boolean) => Promise<void> | void;

export class Draw {
  state: State = { name: "idle" };
  readonly #api: Api;
  #pending: PendingDraw | undefined;
  #is_beginning = false;
  readonly #way: string;
  readonly #facts: Record<string, Fact> | undefined;
  readonly #show: Show;
  readonly #around: Surroundings;

  constructor(api: Api, way: string, facts: Record<string, Fact> | undefined, show: Show, around: Surroundings) {
    this.#api = api;
    this.#way = way;
    this.#facts = facts;
    this.#show = show;
    this.#around = around;
  }

  /** Draw, or ask for the draw that has no answer yet; a press too many does nothing. */
  async press(): Promise<void> {
    if (!may_press(this.state) || this.#is_beginning) return;
    this.#is_beginning = true;
    const { now, new_key, pending_of, signal } = this.#around;
    this.#pending = await pending_of();
    this.#is_beginning = false;
    if (signal.aborted) return;
    const { key, body } = this.#pending.begun(this.#api.body_of(this.#facts), now(), new_key);
    this.#move({ name: "pressed", key });
    await this.#ask_until_answered(body);
  }

  /** Ask again for the draw that a reload, or a lost connection, has left without an answer. */
  async resume(): Promise<void> {
    const pending = await this.#around.pending_of();
    if (pending.to_resume(this.#around.now()) !== null) await this.press();
  }

  async #ask_until_answered(body: string): Promise<void> {
    const { signal } = this.#around;
    for (let state = this.state; state.name === "turning"; state = this.state) {
      const answer = await this.#api.draw(this.#way, state.key, body);
      if (signal.aborted) return;
      if ("value" in answer) return this.#stop(answer.value, answer.repeat);
      const waiting = this.#move({ name: "refused", problem: answer.problem, chance: this.#around.chance() });
      if (waiting.name === "waiting") await this.#around.wait(waiting.ms);
      if (signal.aborted) return;
      this.#move({ name: "waited" });
    }
  }

  /** Stop on the recorded award; the key is kept until the player has seen it. */
  async #stop(order: Order, repeat: boolean): Promise<void> {
    const key = open_key(this.state);
    this.state = next(this.state, { name: "answered", order });
    await this.#show(this.state, repeat);
    if (this.#around.signal.aborted) return;
    if (key !== null) this.#pending?.answered(key);
    this.#move({ name: "stood_still" });
  }

  #move(event: Event): State {
    const old = this.state;
    const before = open_key(old);
    this.state = next(old, event);
    if (this.state.name === "refused" && this.state.key === null && before !== null) this.#pending?.answered(before);
    if (this.state !== old) void this.#show(this.state, false);
    return this.state;
  }
}
