/** Colours of the canvas, for light and dark pages; neighbours differ in hue and brightness, and each slice has a name. */

import type { Slice } from "./slices.js";

export interface Look {
  slices: readonly string[];
  lost: string;
  text: string;
  accent: string;
  on_accent: string;
  surface: string;
  active: string;
  on_active: string;
  light: string;
}

export const LIGHT: Look = {
  slices: ["#ffd27a", "#9ad0f5", "#f5a987", "#a8dfc1", "#d3bdf0", "#f7bcd3"],
  lost: "#e6e6ee",
  text: "#22203a",
  accent: "#4b3fbf",
  on_accent: "#ffffff",
  surface: "#ffffff",
  active: "#1d1a3d",
  on_active: "#ffe9a8",
  light: "#ffe9a8",
};

export const DARK: Look = {
  slices: ["#8a5a00", "#135d8f", "#93401f", "#146b4a", "#5b3f96", "#8a2f5a"],
  lost: "#3c3c4a",
  text: "#ffffff",
  accent: "#b7adff",
  on_accent: "#1b1838",
  surface: "#1d1c29",
  active: "#ffffff",
  on_active: "#1b1838",
  light: "#fff3c9",
};

/** Return the colour of a slice; a loss has its own. */
export function colour_of({ award_id, colour }: Slice, look: Look): string {
  return award_id === null ? look.lost : (look.slices[colour % look.slices.length] ?? look.lost);
}
