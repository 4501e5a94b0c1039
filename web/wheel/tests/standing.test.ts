import { describe, expect, it } from "vitest";
import type { Order } from "../src/answers.js";
import { comes_soon, may_address, standing_of } from "../src/standing.js";
import { a_loss, an_order } from "./builders.js";

const NOON = Date.parse("2026-11-23T12:00:00Z");
const LATER = "2026-11-24T12:00:00Z";
const EARLIER = "2026-11-22T12:00:00Z";
const parcel = { award_id: "4", award_type: 4, award_name: "Mug", award_content: null };
const text = { award_id: "1", award_type: 1, award_name: "Text", award_content: "told at once" };

describe("a prize", () => {
  it.each<[Partial<Order>, string]>([
    [{ grant_state: 1 }, "granted"],
    [{ grant_state: 2 }, "parked"],
    [{ grant_state: 3 }, "void"],
    [{}, "on_its_way"],
    [{ award: text }, "granted"],
    [{ claim_by: LATER }, "to_claim"],
    [{ claim_by: LATER, claimed_at: EARLIER }, "on_its_way"],
    [{ claim_by: EARLIER }, "overdue"],
    [{ award: parcel, claim_by: LATER }, "to_address"],
    [{ award: parcel }, "to_address"],
    [{ award: parcel, claimed_at: EARLIER }, "on_its_way"],
    [{ grant_type: 2, grant_at: LATER }, "at_time"],
    [{ grant_type: 2, grant_at: EARLIER }, "on_its_way"],
    [{ grant_type: 3 }, "by_hand"],
    [{ grant_type: 3, grant_at: EARLIER }, "on_its_way"],
    [{ award: parcel, grant_state: 1, shipment: { left: false, carrier: null, tracking: null } }, "packed"],
    [{ award: parcel, grant_state: 1, shipment: { left: true, carrier: null, tracking: null } }, "left"],
    [{ award: parcel, grant_state: 1, shipment: { left: true, carrier: "DHL", tracking: "1" } }, "shipped"],
  ])("with %o is %s", (more, standing) => {
    expect(standing_of(an_order(more), NOON)).toBe(standing);
  });

  it("that is a thing takes another address until its parcel has left", () => {
    const packed = { grant_state: 1, shipment: { left: false, carrier: null, tracking: null } };
    const gone = { grant_state: 1, shipment: { left: true, carrier: null, tracking: null } };

    expect(may_address(an_order({ award: parcel, ...packed }), NOON)).toBe(true);
    expect(may_address(an_order({ award: parcel, ...gone }), NOON)).toBe(false);
    expect(may_address(an_order({ award: text }), NOON)).toBe(false);
  });

  it("is looked at again only while it comes by itself", () => {
    expect(comes_soon(an_order(), NOON)).toBe(true);
    expect(comes_soon(an_order({ claim_by: LATER }), NOON)).toBe(false);
    expect(comes_soon(an_order({ award: text }), NOON)).toBe(false);
    expect(comes_soon(a_loss(), NOON)).toBe(false);
  });
});
