/** What the wheel shows, and on which of it an order stops. */

import type { Activity, Order } from "./answers.js";

const NOT_THERE = -1;

/** A slice of the wheel, a cell of the grid or a picture of the slot machine; a loss has no award. */
export interface Slice {
  award_id: string | null;
  name: string;
  /** Its place in the palette: neighbours differ. */
  colour: number;
}

/** Return a slice for each award, and one for a loss where a draw may be lost. */
export function slices_of(activity: Activity, lost: string): Slice[] {
  const awards = activity.awards.map(({ award_id, award_name }, colour) => ({ award_id, name: award_name, colour }));
  return may_lose(activity) ? [...awards, { award_id: null, name: lost, colour: awards.length }] : awards;
}

const WHOLE = 1_000_000;

/** Return whether a draw may be lost: the odds leave some over, or an award that is sold out or locked does. */
function may_lose({ awards, fallback }: Activity): boolean {
  const millionths = awards.map(({ rate }) => Math.round(Number(rate) * WHOLE));
  const are_there = awards.every(({ stock_left, unlock_after }) => stock_left !== 0 && unlock_after === 0);
  return fallback === null && !(are_there && millionths.reduce((sum, each) => sum + each, 0) >= WHOLE);
}

/** Return the slices, with one more if that of an order is not among them: another version of the activity has it. */
export function slices_with(slices: readonly Slice[], order: Order, lost: string): Slice[] {
  if (slice_of(order, slices) !== NOT_THERE) return [...slices];
  const { award_id, award_name } = order.award ?? { award_id: null, award_name: lost };
  return [...slices, { award_id, name: award_name, colour: slices.length }];
}

/** Return the number of the slice on which an order stops: that of its recorded award, under its recorded name. */
export function slice_of(order: Order, slices: readonly Slice[]): number {
  const award_id = order.award === null ? null : order.award.award_id;
  return slices.findIndex((slice) => shows(slice, award_id, order.award?.award_name));
}

/** Return whether a slice is for an award; ids alone do not say it, other activities have them, too. */
function shows(slice: Slice, award_id: string | null, name: string | undefined): boolean {
  return slice.award_id === award_id && (award_id === null || slice.name === name);
}

/** Return whether two pictures show the same awards, under the same names, in the same order. */
export function are_same(slices: readonly Slice[], others: readonly Slice[]): boolean {
  const seen = (some: readonly Slice[]) => JSON.stringify(some.map(({ award_id, name }) => [award_id, name]));
  return seen(slices) === seen(others);
}

/** Return where a slice stands among others, of a newer version of the activity; null if it is not there. */
export function moved(slice: number, slices: readonly Slice[], newer: readonly Slice[]): number | null {
  const old = slices[slice];
  const place = old === undefined ? NOT_THERE : newer.findIndex((each) => shows(each, old.award_id, old.name));
  return place === NOT_THERE ? null : place;
}

/** Return which slice each of the places shows: all in turn, then some again, none beside itself. */
export function placed(slices: number, places: number): number[] {
  const shift = places % slices === 0 ? 0 : Math.floor(slices / 2);
  return Array.from({ length: Math.max(places, slices) }, (_, place) => (place < slices ? place : place + shift) % slices);
}

const FEWEST = 6;

/** Return how many places a wheel, or a reel, has: a whole multiple of its slices, so that no slice meets itself. */
export function places_of_wheel(slices: number): number {
  return slices * Math.ceil(FEWEST / slices);
}

/** Return the side of the smallest square grid whose edge has a cell for each slice. */
export function side_of_grid(slices: number): number {
  const smallest = 3;
  return Math.max(smallest, Math.ceil(slices / 4) + 1);
}

/** Return the cells along the edge of a square grid, clockwise from the upper left. */
export function edge_of_grid(side: number): { x: number; y: number }[] {
  const steps = Array.from({ length: side - 1 }, (_, step) => step);
  const last = side - 1;
  return [
    ...steps.map((step) => ({ x: step, y: 0 })),
    ...steps.map((step) => ({ x: last, y: step })),
    ...steps.map((step) => ({ x: last - step, y: last })),
    ...steps.map((step) => ({ x: 0, y: last - step })),
  ];
}
