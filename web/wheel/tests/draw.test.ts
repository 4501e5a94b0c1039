import { describe, expect, it } from "vitest";
import type { Order } from "../src/answers.js";
import type { Answer, Api } from "../src/api.js";
import { Draw } from "../src/draw.js";
import type { State } from "../src/machine.js";
import { PendingDraw } from "../src/pending_draw.js";
import { NO_ANSWER } from "../src/problem.js";
import { a_memory, an_order, numbered_keys } from "./builders.js";

const NOON = Date.UTC(2026, 10, 23, 12);

/** A page with an API that gives these answers, one each; a page that is opened later may share its memory. */
function a_page(
  answers: (Answer<Order> | Promise<Answer<Order>>)[],
  { memory = a_memory(), new_key = numbered_keys(), show = (_: State): void => undefined } = {},
) {
  const over = new AbortController();
  const keys: string[] = [];
  const kept: (string | undefined)[] = [];
  const waits: number[] = [];
  const shown: State[] = [];
  const api = {
    body_of: () => "{}",
    draw: (_way: string, key: string) => {
      keys.push(key);
      kept.push(pending.kept()?.key);
      return Promise.resolve(answers.shift() ?? { problem: NO_ANSWER });
    },
  } as unknown as Api;
  const wait = (ms: number) => {
    waits.push(ms);
    return Promise.resolve();
  };
  const pending = new PendingDraw(memory, "place");
  const around = { now: () => NOON, chance: () => 0, new_key, wait, signal: over.signal, pending_of: () => Promise.resolve(pending) };
  const draw = new Draw(api, "activities/1", undefined, (state) => (shown.push(state), show(state)), around);
  return { draw, over, keys, kept, waits, shown, pending, memory };
}

const recorded = (order = an_order(), repeat = false): Answer<Order> => ({ value: order, repeat });
const refused = (status: number): Answer<Order> => ({ problem: { status } });

describe("a draw", () => {
  it("is one request, and stops on the recorded order", async () => {
    const order = an_order();
    const { draw, keys, shown, pending } = a_page([recorded(order)]);

    await draw.press();

    expect(keys).toEqual(["key-1"]);
    expect(shown.map(({ name }) => name)).toEqual(["turning", "stopping", "stopped"]);
    expect(draw.state).toEqual({ name: "stopped", order });
    expect(pending.kept()).toBeNull();
  });

  it("is one request when it is pressed twice", async () => {
    const { draw, keys } = a_page([recorded()]);

    await Promise.all([draw.press(), draw.press()]);

    expect(keys).toEqual(["key-1"]);
  });

  it("asks again with the same key while the API is busy", async () => {
    const { draw, keys, waits } = a_page([refused(503), refused(429), { problem: NO_ANSWER }, recorded()]);

    await draw.press();

    expect(keys).toEqual(["key-1", "key-1", "key-1", "key-1"]);
    expect(waits).toEqual([500, 1000, 2000]);
    expect(draw.state.name).toBe("stopped");
  });

  it("has the same key when the page is loaded again before the answer", async () => {
    const before = a_page([new Promise(() => undefined)]);
    void before.draw.press();

    const after = a_page([recorded()], { memory: before.memory, new_key: numbered_keys("after") });
    await after.draw.resume();

    expect(after.keys).toEqual(before.keys);
    expect(after.draw.state.name).toBe("stopped");
  });

  it("is not begun by loading the page", async () => {
    const { draw, keys } = a_page([recorded()]);

    await draw.resume();

    expect(keys).toEqual([]);
  });

  it("keeps its key until the wheel stands, since a reload before that is to show it again", async () => {
    const { draw, kept, pending } = a_page([recorded()]);

    await draw.press();

    expect(kept).toEqual(["key-1"]);
    expect(pending.kept()).toBeNull();
  });

  it("is not asked for again once its page has ended, and keeps its key", async () => {
    const page = a_page([refused(503), recorded()], { show: ({ name }) => void (name === "waiting" && page.over.abort()) });

    await page.draw.press();

    expect(page.keys).toEqual(["key-1"]);
    expect(page.pending.kept()?.key).toBe("key-1");
  });

  it("keeps its key when its page ends before the wheel stands: nobody has seen the result", async () => {
    const page = a_page([recorded()], { show: ({ name }) => void (name === "stopping" && page.over.abort()) });

    await page.draw.press();

    expect(page.pending.kept()?.key).toBe("key-1");
    expect(page.shown.map(({ name }) => name)).toEqual(["turning", "stopping"]);
  });

  it("shows nothing on a page that has ended before the answer", async () => {
    const page = a_page([recorded()], { show: ({ name }) => void (name === "turning" && page.over.abort()) });

    await page.draw.press();

    expect(page.shown.map(({ name }) => name)).toEqual(["turning"]);
    expect(page.pending.kept()?.key).toBe("key-1");
  });

  it("is not begun by a page that ends while it looks for its user", async () => {
    const page = a_page([recorded()]);
    const pressed = page.draw.press();
    page.over.abort();
    await pressed;

    expect(page.keys).toEqual([]);
    expect(page.pending.kept()).toBeNull();
  });

  it("that is refused for good is followed by one with a new key", async () => {
    const { draw, keys } = a_page([refused(409), recorded()]);

    await draw.press();
    await draw.press();

    expect(keys).toEqual(["key-1", "key-2"]);
  });

  it("that is given up is asked for again with the same key", async () => {
    const { draw, keys } = a_page([refused(500), recorded()]);

    await draw.press();
    await draw.press();

    expect(keys).toEqual(["key-1", "key-1"]);
  });
});
