import { describe, expect, it } from "vitest";
import { address_of, faulty_field, is_reachable } from "../src/address_form.js";
import { caller_of, checked, type Options } from "../src/options.js";
import { merged } from "../src/prizes_list.js";
import { choices_in, keep_choices } from "../src/settings.js";
import { a_memory, an_order } from "./builders.js";

const OPTIONS: Options = { api: "https://api.example", activity: "100001", user: "ann" };

describe("the options", () => {
  it("are taken as they are when they can work", () => {
    expect(checked(OPTIONS)).toBe(OPTIONS);
  });

  it.each([
    [{ api: "" }, /give api, the address of the API, as a text; it is ""/],
    [{ api: "draws.example.com" }, /api begins with https/],
    [{ activity: "" }, /give activity, the id of the activity, as a text; it is ""/],
    [{ activity: 100001 }, /as a text; it is 100001/],
    [{ theme: "blue" }, /theme is one of auto, light, dark, not blue/],
    [{ user: "" }, /either token/],
    [{ user: undefined, token: "abc" }, /either token/],
    [{ show: "roulette" }, /show is one of wheel, grid, slots, not roulette/],
    [{ language: "fr" }, /language is one of en, de, zh, not fr/],
    [{ token: () => "t" }, /either token/],
    [{ user: undefined }, /either token/],
  ])("%o are refused with a reason", (more, reason) => {
    expect(() => checked({ ...OPTIONS, ...more } as Options)).toThrow(reason);
  });

  it("say who asks", () => {
    expect(caller_of(OPTIONS)).toEqual({ user: "ann" });
  });
});

describe("the settings", () => {
  it("have motion off where the browser asks for less", () => {
    expect(choices_in(a_memory(), true)).toEqual({ sound: true, motion: false });
    expect(choices_in(a_memory(), false)).toEqual({ sound: true, motion: true });
  });

  it("are kept", () => {
    const memory = a_memory();

    keep_choices(memory, { sound: false, motion: true, language: "de" });

    expect(choices_in(memory, true)).toEqual({ sound: false, motion: true, language: "de" });
  });

  it("have no language that the page does not speak", () => {
    const memory = a_memory();
    memory.setItem("tombola-settings", '{"language": "fr"}');

    expect(choices_in(memory, false).language).toBeUndefined();
  });

  it("are the usual ones where somebody else wrote there", () => {
    const memory = a_memory();
    memory.setItem("tombola-settings", "no JSON");

    expect(choices_in(memory, false)).toEqual({ sound: true, motion: true });
  });
});

describe("an address", () => {
  it("is of use to a carrier with a phone or an email", () => {
    expect(is_reachable({ name: "Ann" })).toBe(false);
    expect(is_reachable({ phone: "1" })).toBe(true);
    expect(is_reachable({ email: "a@b" })).toBe(true);
  });

  it("has no empty fields, no blanks at its ends and one spelling", () => {
    expect(address_of([["name", " Jose\u0301  Mu\u00f1oz "], ["remark", " "], ["address", "1\tMain St"]])).toEqual({
      name: "Jos\u00e9 Mu\u00f1oz",
      address: "1 Main St",
    });
  });

  it("is faulty in a field of the form, or nowhere in it", () => {
    expect(faulty_field("postcode")).toBe("postcode");
    expect(faulty_field("order_id")).toBeNull();
    expect(faulty_field(undefined)).toBeNull();
  });
});

describe("the prizes", () => {
  it("stand newest first, each once and as it is now", () => {
    const old = an_order({ order_id: "1", drawn_at: "2026-11-22T12:00:00Z" });
    const granted = { ...old, grant_state: 1 };
    const newer = an_order({ order_id: "2", drawn_at: "2026-11-23T12:00:00Z" });

    expect(merged([old], [newer, granted])).toEqual([newer, granted]);
  });
});
