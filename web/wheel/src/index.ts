/** A wheel for the users of a Tombola activity: README.md beside package.json says how to put it on a page. */

import { checked, type Options } from "./options.js";
import { Page } from "./page.js";

export type { Fact, Kind, Language, Options, TokenOf } from "./options.js";

/** A wheel that stands on a page. */
export interface Mounted {
  /** Remove it from the page; a draw without an answer stays in storage. */
  unmount(): void;
}

/** Put a wheel into an element, which it fills. */
export function mountWheel(element: HTMLElement, options: Options): Mounted {
  const page = new Page(element, checked(options));
  void page.begin();
  return { unmount: () => page.end() };
}
