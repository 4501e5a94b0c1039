/** The elements of the page, in the order in which they are read. */

import { element } from "./dom.js";

export interface Parts {
  root: HTMLElement;
  name: HTMLElement;
  about: HTMLElement;
  phase: HTMLElement;
  dates: HTMLElement;
  frame: HTMLElement;
  result: HTMLElement;
  said: HTMLElement;
  waits: HTMLElement;
  button: HTMLButtonElement;
  draws_left: HTMLElement;
  awards_title: HTMLElement;
  awards: HTMLElement;
  settings: HTMLElement;
}

/** Build the page with nothing on it yet; prizes is the section of the user's prizes. */
export function parts_of(prizes: HTMLElement, press: () => void): Parts {
  const parts = {
    name: element("h2"),
    about: element("p", { class: "quiet" }),
    phase: element("p", { class: "phase" }),
    dates: element("p", { class: "quiet" }),
    frame: element("div", { class: "frame", "aria-hidden": "true" }),
    result: element("p", { class: "result" }),
    said: element("p", { class: "said problem" }),
    waits: element("p", { class: "said quiet", "aria-live": "off" }),
    button: element("button", { type: "button", class: "main draw", click: press }),
    draws_left: element("p", { class: "quiet" }),
    awards_title: element("h3", { id: "awards-title" }),
    awards: element("div"),
    settings: element("footer"),
  };
  const live = element("div", { role: "status", "aria-live": "polite", "aria-atomic": "true" }, parts.result, parts.said);
  const stage = element("section", { class: "card stage" }, parts.frame, live, parts.waits, parts.button, parts.draws_left);
  const awards = element("section", { class: "card", "aria-labelledby": "awards-title" }, parts.awards_title, parts.awards);
  const header = element("header", {}, parts.name, parts.about, parts.phase, parts.dates);
  const columns = element("div", { class: "columns" }, stage, element("div", { class: "side" }, awards, prizes));
  return { ...parts, root: element("div", { class: "tombola" }, header, columns, parts.settings) };
}
