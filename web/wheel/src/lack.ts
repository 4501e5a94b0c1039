/** What a browser has to have for a draw, and may lack. */

import type { Word } from "./words.js";

/** The parts of a browser's window that it takes: keys of draws, and a canvas to measure texts on. */
export interface Able {
  crypto?: { randomUUID?: unknown };
  OffscreenCanvas?: unknown;
}

/** Return the word for what is missing: an address with https gives keys, a newer browser the canvas. */
export function lack_of({ crypto, OffscreenCanvas }: Able): Word | null {
  if (crypto?.randomUUID === undefined) return "lacks_https";
  return OffscreenCanvas === undefined ? "lacks_canvas" : null;
}
