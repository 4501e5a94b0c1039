import { describe, expect, it } from "vitest";
import { again_in_ms, ASKS_MAX, may_press, next, type State } from "../src/machine.js";
import { an_order } from "./builders.js";

const TURNING: State = { name: "turning", key: "k", asks: 1 };
const IDLE: State = { name: "idle" };

const refused = (status: number, more = {}) => ({ name: "refused", problem: { status, ...more }, chance: 0 }) as const;

describe("the wheel", () => {
  it("turns when pressed, and a second press changes nothing", () => {
    const turning = next(IDLE, { name: "pressed", key: "k" });

    expect(turning).toEqual(TURNING);
    expect(next(turning, { name: "pressed", key: "another" })).toBe(turning);
  });

  it("stops on the order that is answered, and stands on it", () => {
    const order = an_order();
    const stopping = next(TURNING, { name: "answered", order });

    expect(stopping).toEqual({ name: "stopping", key: "k", order });
    expect(next(stopping, { name: "stood_still" })).toEqual({ name: "stopped", order });
  });

  it.each([0, 408, 429, 502, 503, 504])("asks again with the same key after a status of %d", (status) => {
    const waiting = next(TURNING, refused(status));

    expect(waiting).toMatchObject({ name: "waiting", key: "k" });
    expect(next(waiting, { name: "waited" })).toEqual({ name: "turning", key: "k", asks: 2 });
  });

  it.each([400, 403, 404, 409, 422])("is refused for good with a status of %d, and the next draw gets a new key", (status) => {
    expect(next(TURNING, refused(status))).toMatchObject({ name: "refused", key: null });
  });

  it.each([401, 500])("keeps its key when nobody knows whether it is on record: a status of %d", (status) => {
    expect(next(TURNING, refused(status))).toMatchObject({ name: "refused", key: "k" });
  });

  it("gives up asking by itself after a bound, and keeps its key", () => {
    let state: State = TURNING;
    let asked = 1;
    for (state = next(state, refused(503)); state.name === "waiting"; state = next(state, refused(503))) {
      state = next(state, { name: "waited" });
      asked += 1;
    }

    expect(asked).toBe(ASKS_MAX);
    expect(state).toMatchObject({ name: "refused", key: "k" });
  });

  it.each<State>([IDLE, { name: "stopped", order: an_order() }, { name: "refused", key: null, problem: { status: 409 } }])(
    "may be pressed when it is $name",
    (state) => expect(may_press(state)).toBe(true),
  );

  it("does not stop when it does not turn", () => {
    expect(next(IDLE, { name: "answered", order: an_order() })).toBe(IDLE);
    expect(next(IDLE, refused(503))).toBe(IDLE);
    expect(next(IDLE, { name: "waited" })).toBe(IDLE);
    expect(next(IDLE, { name: "stood_still" })).toBe(IDLE);
  });
});

describe("the wait before asking again", () => {
  it("is what the server says, and up to as much again", () => {
    expect(again_in_ms({ status: 503, retry_after: 2 }, 1, 0)).toBe(2000);
    expect(again_in_ms({ status: 503, retry_after: 2 }, 1, 1)).toBe(4000);
  });

  it("doubles up to a bound where the server says nothing", () => {
    const waits = [1, 2, 3, 4, 5, 6, 7].map((asks) => again_in_ms({ status: 429 }, asks, 0));

    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
  });

  it("is left to the player where the server says more than a minute", () => {
    expect(again_in_ms({ status: 503, retry_after: 61 }, 1, 0)).toBeNull();
  });

  it("is none for a refusal that stays", () => {
    expect(again_in_ms({ status: 409 }, 1, 0)).toBeNull();
  });
});
