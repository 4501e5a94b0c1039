import { expect, it } from "vitest";
import { lack_of } from "../src/lack.js";

it.each([
  ["nothing", { crypto: { randomUUID: String }, OffscreenCanvas: class {} }, null],
  ["a source of keys", { crypto: {}, OffscreenCanvas: class {} }, "lacks_https"],
  ["a canvas", { crypto: { randomUUID: String } }, "lacks_canvas"],
])("a browser that lacks %s is told so", (_, window, word) => {
  expect(lack_of(window)).toBe(word);
});
