import { describe, expect, it } from "vitest";
import { are_same, edge_of_grid, moved, placed, places_of_wheel, side_of_grid, slice_of, slices_of, slices_with } from "../src/slices.js";
import type { Share } from "../src/answers.js";
import { a_loss, a_share, an_activity, an_order } from "./builders.js";

const SLICES = slices_of(an_activity(), "No prize");

describe("the wheel", () => {
  it("has a slice for each award and one for a loss", () => {
    expect(SLICES.map(({ name }) => name)).toEqual(["IMac", "Book", "Pen", "No prize"]);
  });

  it.each<[string, Partial<Share>[], string | null, boolean]>([
    ["whose odds leave some over", [{ rate: "0.3" }, { rate: "0.699999" }], null, true],
    ["whose odds are whole", [{ rate: "0.3" }, { rate: "0.7" }], null, false],
    ["of which an award is sold out", [{ rate: "0.3" }, { rate: "0.7", stock_left: 0 }], null, true],
    ["of which an award is locked", [{ rate: "0.3" }, { rate: "0.7", unlock_after: 3 }], null, true],
    ["that has no stock to end", [{ rate: "1", stock_left: null }], null, false],
    ["with a fallback", [{ rate: "0.3" }, { rate: "0" }], "2", false],
  ])("of an activity %s has a slice for a loss where one may come", (_, shares, fallback, expected) => {
    const awards = shares.map((share, place) => ({ ...a_share(String(place + 1)), ...share }));
    const slices = slices_of(an_activity({ awards, fallback }), "No prize");

    expect(slices.some(({ award_id }) => award_id === null)).toBe(expected);
    expect(slices_with(slices, a_loss(), "No prize").at(-1)?.award_id).toBeNull(); // and whatever is recorded has one
  });

  it.each([
    ["1", "IMac"],
    ["2", "Book"],
    ["3", "Pen"],
  ])("stops on the award %s that is recorded", (award_id, award_name) => {
    const order = an_order({ award: { award_id, award_type: 1, award_name, award_content: null } });

    expect(SLICES[slice_of(order, SLICES)]?.award_id).toBe(award_id);
  });

  it("stops on the slice for a loss when the draw is lost", () => {
    expect(SLICES[slice_of(a_loss(), SLICES)]?.name).toBe("No prize");
  });

  it("gets a slice for an award that another version of the activity has", () => {
    const order = an_order({ award: { award_id: "9", award_type: 1, award_name: "New", award_content: null } });
    const slices = slices_with(SLICES, order, "No prize");

    expect(slices[slice_of(order, slices)]?.name).toBe("New");
    expect(slices).toHaveLength(SLICES.length + 1);
  });

  it("does not stop on an award of another activity that has the same id", () => {
    const order = an_order({ award: { award_id: "2", award_type: 1, award_name: "Voucher", award_content: null } });
    const slices = slices_with(SLICES, order, "No prize");

    expect(slice_of(order, SLICES)).toBe(-1);
    expect(slices[slice_of(order, slices)]?.name).toBe("Voucher");
  });

  it.each([
    ["the same", slices_of(an_activity(), "No prize"), true],
    ["fewer", SLICES.slice(1), false],
    ["those of another activity", slices_of(an_activity({ awards: ["1", "2", "3"].map((id) => a_share(id, `Other ${id}`)) }), "No prize"), false],
    ["those in another order", slices_of(an_activity({ awards: ["2", "1", "3"].map((id) => a_share(id)) }), "No prize"), false],
    ["those of another language", slices_of(an_activity(), "Kein Preis"), false],
  ])("knows by its awards whether its picture shows %s", (_, slices, same) => {
    expect(are_same(SLICES, slices)).toBe(same);
  });

  it("does not go on showing an award that has another name in a newer version, but a loss in another language", () => {
    const newer = slices_of(an_activity({ awards: [a_share("2", "Voucher")] }), "Kein Preis");

    expect(moved(1, SLICES, newer)).toBeNull();
    expect(moved(3, SLICES, newer)).toBe(1);
  });

  it("goes on showing the award on which it stopped when a newer version has others before it", () => {
    const newer = slices_of(an_activity({ awards: [a_share("9"), a_share("2", "Book")] }), "No prize");

    expect(moved(1, SLICES, newer)).toBe(1);
    expect(moved(3, SLICES, newer)).toBe(2);
    expect(moved(0, SLICES, newer)).toBeNull();
  });

  it("has a slice to stop on where the activity could not be loaded", () => {
    const slices = slices_with([], a_loss(), "No prize");

    expect(slices[slice_of(a_loss(), slices)]?.name).toBe("No prize");
  });
});

describe("the places", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 12])("of a wheel with %d slices show each equally often", (slices) => {
    const places = placed(slices, places_of_wheel(slices));

    expect(places.length).toBeGreaterThanOrEqual(6);
    expect(new Set(Array.from({ length: slices }, (_, slice) => places.filter((place) => place === slice).length)).size).toBe(1);
  });

  it.each([2, 8, 9, 12, 13, 20])("of a grid have a cell for each of %d slices, and no cell twice", (slices) => {
    const edge = edge_of_grid(side_of_grid(slices));

    expect(edge.length).toBeGreaterThanOrEqual(slices);
    expect(new Set(edge.map(({ x, y }) => `${x} ${y}`)).size).toBe(edge.length);
  });

  it("begin with the slices in their order, so that the number of a slice is that of its place", () => {
    expect(placed(3, 8)).toEqual([0, 1, 2, 1, 2, 0, 1, 2]);
  });

  it.each([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])("of a grid with %d slices show none beside itself", (slices) => {
    const places = placed(slices, edge_of_grid(side_of_grid(slices)).length);

    expect(places.every((place, number) => place !== places[(number + 1) % places.length])).toBe(true);
  });
});
