/** The client of the HTTP API. */

import type { Activity, Order, Orders, Quotas } from "./answers.js";
import type { Caller, Fact, TokenOf } from "./options.js";
import { NO_ANSWER, type Problem, UNAUTHORIZED } from "./problem.js";
import { subject_of } from "./subject.js";

export type Answer<T> = { value: T; repeat: boolean } | { problem: Problem };

export type Address = Record<string, string>;

export const ANSWER_MS_MAX = 10_000;
/** What a header can carry; a page to sign in on cannot be one. */
const ONE_WORD = /^[\x21-\x7e]+$/;
const PAGE_LIMIT = 20;
const OK = 200;

/** Return the way in of a draw, as the path says it. */
export function way_in(activity: string, tree: string | undefined): string {
  return tree === undefined ? `activities/${part(activity)}` : `trees/${part(tree)}`;
}

export class Api {
  readonly #base: string;
  readonly #caller: Caller;
  readonly #fetch: typeof fetch;
  /** Asked for once, however many requests wait for it. */
  #token: Promise<string> | undefined;

  constructor(base: string, caller: Caller, fetch_: typeof fetch) {
    this.#base = base.replace(/\/+$/, "");
    this.#caller = caller;
    this.#fetch = fetch_;
  }

  /** Ask for a draw: the same key with the same body is the same draw, whenever it is asked. */
  draw(way: string, key: string, body: string): Promise<Answer<Order>> {
    return this.#ask<Order>("POST", `${way}/draws`, { body, headers: { "Idempotency-Key": key } });
  }

  /** Return the body of a draw. */
  body_of(facts: Record<string, Fact> | undefined): string {
    const user = "user" in this.#caller ? { user_id: this.#caller.user } : {};
    return JSON.stringify({ ...user, ...(facts === undefined ? {} : { facts }) });
  }

  /** Return the user whom the requests are for; null where the token does not say, or there is none. */
  async user(): Promise<string | null> {
    if ("user" in this.#caller) return this.#caller.user;
    try {
      return subject_of((await this.#known_token()) ?? "");
    } catch {
      this.#token = undefined; // the request itself asks again, and tells
      return null;
    }
  }

  activity(activity: string): Promise<Answer<Activity>> {
    return this.#ask<Activity>("GET", `activities/${part(activity)}`, { open: true });
  }

  quotas(activity: string): Promise<Answer<Quotas>> {
    return this.#ask<Quotas>("GET", `${this.#user()}/quotas/${part(activity)}`);
  }

  orders(after?: string): Promise<Answer<Orders>> {
    const more = after === undefined ? "" : `&after=${part(after)}`;
    return this.#ask<Orders>("GET", `${this.#user()}/draws?limit=${PAGE_LIMIT}${more}`);
  }

  order(order: string): Promise<Answer<Order>> {
    return this.#ask<Order>("GET", `${this.#user()}/draws/${part(order)}`);
  }

  claim(order: string): Promise<Answer<Order>> {
    return this.#ask<Order>("POST", `${this.#user()}/draws/${part(order)}/claim`);
  }

  send_to(order: string, address: Address): Promise<Answer<Order>> {
    const path = `${this.#user()}/draws/${part(order)}/shipping-address`;
    return this.#ask<Order>("PUT", path, { body: JSON.stringify(address) });
  }

  #user(): string {
    return `users/${"user" in this.#caller ? part(this.#caller.user) : "me"}`;
  }

  async #ask<T>(method: string, path: string, request: Sending = {}): Promise<Answer<T>> {
    try {
      const token = request.open === true ? undefined : this.#known_token();
      const answer = await this.#once(method, path, request, token);
      if (answer.status !== UNAUTHORIZED || token === undefined) return await read<T>(answer);
      if (this.#token === token) this.#token = undefined; // it has run out: its function knows a newer one
      return await read<T>(await this.#once(method, path, request, this.#known_token()));
    } catch (error) {
      console.warn("the wheel got no answer:", error); // for whoever builds the page: users are told in their words
      this.#token = undefined; // a gateway may hide from a page of another origin that it refused the token
      return { problem: error instanceof SignedOutError ? { status: UNAUTHORIZED, unsent: true } : NO_ANSWER };
    }
  }

  async #once(method: string, path: string, { body, headers }: Sending, token: Promise<string> | undefined): Promise<Response> {
    return this.#fetch(`${this.#base}/${path}`, {
      method,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${await token}` }),
      },
      ...(body === undefined ? {} : { body }),
      credentials: "omit",
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
  }

  #known_token(): Promise<string> | undefined {
    if ("user" in this.#caller) return undefined;
    return (this.#token ??= asked_for(this.#caller.token));
  }
}

/** Nobody is signed in: the function that returns a token failed. */
class SignedOutError extends Error {
  override readonly name = "SignedOutError"; // a packed class has another one
}

async function asked_for(token: TokenOf): Promise<string> {
  try {
    const given = await Promise.race([token(), late()]);
    if (typeof given !== "string" || !ONE_WORD.test(given)) throw new TypeError("what the function returned is no token: one printable word");
    return given;
  } catch (cause) {
    throw new SignedOutError("no token", { cause });
  }
}

/** Fail once a token has been waited for as long as for an answer. */
function late(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`the token did not come within ${ANSWER_MS_MAX} ms`)), ANSWER_MS_MAX);
  });
}

interface Sending {
  body?: string;
  headers?: Record<string, string>;
  /** Everybody may ask: no token goes along, so that caches may answer. */
  open?: boolean;
}

async function read<T>(answer: Response): Promise<Answer<T>> {
  if (answer.ok) return { value: (await answer.json()) as T, repeat: answer.status === OK };
  const told: unknown = await answer.json().catch(() => null);
  const fields = typeof told === "object" && told !== null ? (told as Partial<Problem>) : {};
  const seconds = Number.parseInt(answer.headers.get("Retry-After") ?? "", 10);
  const again = Number.isNaN(seconds) ? {} : { retry_after: seconds };
  return { problem: { ...fields, ...again, status: answer.status } };
}

/** Return a name as a part of a path. */
function part(name: string): string {
  return encodeURIComponent(name);
}
