/** The page that stands alone: its config.js says what to show; on one's own machine the address may say it, too. */

import { mountWheel, type Options } from "./index.js";

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];
/** What a link may change anywhere: nothing that a token could leak by. */
const ANYWHERE = ["activity", "tree", "show", "language", "theme"];
/** A link that named another API would send it the user's token: only one's own machine is asked so. */
const ON_LOOPBACK = ["api", "user"];

/** Return the options that the address of the page names. */
function options_in(location: Location): Partial<Options> {
  const names = LOOPBACK.includes(location.hostname) ? [...ANYWHERE, ...ON_LOOPBACK] : ANYWHERE;
  const query = new URLSearchParams(location.search);
  return Object.fromEntries([...query].filter(([name]) => names.includes(name)));
}

const config = new URL("config.js", document.baseURI).href;
const { default: configured } = (await import(/* @vite-ignore */ config)) as { default: Options };
const where = document.querySelector<HTMLElement>("main");
try {
  if (where !== null) mountWheel(where, { ...configured, ...options_in(location) });
} catch (error) {
  where?.append(String(error));
}
