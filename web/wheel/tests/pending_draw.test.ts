import { describe, expect, it } from "vitest";
import { memory_of, PendingDraw, pending_of, RESUME_MS_MAX } from "../src/pending_draw.js";
import { a_memory, numbered_keys } from "./builders.js";

const NOON = Date.UTC(2026, 10, 23, 12);

describe("a draw that has no answer yet", () => {
  it("has the same key after a reload", () => {
    const memory = a_memory();
    const before = new PendingDraw(memory, "api", "activities/1").begun("{}", NOON, numbered_keys());

    const after_reload = new PendingDraw(memory, "api", "activities/1").begun("{}", NOON + 1, numbered_keys("other"));

    expect(after_reload).toEqual(before);
  });

  it("is asked for again with the body that it was first sent with", () => {
    const pending = new PendingDraw(a_memory(), "api");
    pending.begun('{"facts":{"age":"30"}}', NOON, numbered_keys());

    expect(pending.begun("{}", NOON, numbered_keys()).body).toBe('{"facts":{"age":"30"}}');
  });

  it("is followed by one with a new key once it has its answer", () => {
    const pending = new PendingDraw(a_memory(), "api");
    const new_key = numbered_keys();
    const first = pending.begun("{}", NOON, new_key);

    pending.answered(first.key);

    expect(pending.begun("{}", NOON, new_key).key).not.toBe(first.key);
  });

  it("is not forgotten when another tab's older draw gets its answer", () => {
    const pending = new PendingDraw(a_memory(), "api");
    const { key } = pending.begun("{}", NOON, numbered_keys());

    pending.answered("an older key");

    expect(pending.kept()?.key).toBe(key);
  });

  it("is another one for each user, way in and API", () => {
    const memory = a_memory();
    new PendingDraw(memory, "api", "activities/1", "ann").begun("{}", NOON, numbered_keys());

    expect(new PendingDraw(memory, "api", "activities/1", "bob").kept()).toBeNull();
    expect(new PendingDraw(memory, "api", "activities/2", "ann").kept()).toBeNull();
    expect(new PendingDraw(memory, "other", "activities/1", "ann").kept()).toBeNull();
  });

  it("is asked for by itself within minutes, and later only by the player", () => {
    const pending = new PendingDraw(a_memory(), "api");
    pending.begun("{}", NOON, numbered_keys());

    expect(pending.to_resume(NOON + RESUME_MS_MAX)).not.toBeNull();
    expect(pending.to_resume(NOON + RESUME_MS_MAX + 1)).toBeNull();
    expect(pending.kept()).not.toBeNull();
  });

  it.each(["no JSON", "7", '{"key": 7}', "null"])("is none where somebody else wrote %s", (text) => {
    const memory = a_memory();
    const pending = new PendingDraw(memory, "api");
    memory.setItem('tombola-draw:["api"]', text);

    expect(pending.kept()).toBeNull();
  });
});

describe("the draws of a browser that users share", () => {
  it("are told apart, so that nobody asks again for the draw of another", () => {
    const [memory, page] = [a_memory(), a_memory()];
    pending_of("Anna", memory, page, "api").begun("{}", NOON, numbered_keys());

    expect(pending_of("Ben", memory, page, "api").to_resume(NOON)).toBeNull();
    expect(pending_of("Anna", memory, a_memory(), "api").to_resume(NOON)).not.toBeNull();
  });

  it("end with the page where nobody knows whose they are", () => {
    const [memory, page] = [a_memory(), a_memory()];
    const { key } = pending_of(null, memory, page, "api").begun("{}", NOON, numbered_keys());

    expect(pending_of(null, memory, page, "api").kept()?.key).toBe(key);
    expect(pending_of(null, memory, a_memory(), "api").kept()).toBeNull();
  });
});

describe("the memory of a page", () => {
  it("is one of its own where storage is forbidden", () => {
    const memory = memory_of(() => {
      throw new Error("SecurityError");
    });

    memory.setItem("name", "text");

    expect(memory.getItem("name")).toBe("text");
  });
});
