/** How a prize stands, as its user understands it, and what the user can do. */

import { AT_A_TIME, BY_HAND, GRANTED, type Order, PARKED, PHYSICAL, WAITING } from "./answers.js";

export type Standing =
  | "granted"
  | "packed"
  | "left"
  | "shipped"
  | "void"
  | "parked"
  | "to_claim"
  | "to_address"
  | "overdue"
  | "at_time"
  | "by_hand"
  | "on_its_way";

/** Return how the prize of an order stands; now in milliseconds. */
export function standing_of(order: Order, now: number): Standing {
  switch (order.grant_state) {
    case GRANTED:
      return is_physical(order) ? parcel_of(order) : "granted";
    case PARKED:
      return "parked";
    case WAITING:
      return waiting(order, now);
    default:
      return "void";
  }
}

/** Return whether another address can be given: until the parcel has left. */
export function may_address(order: Order, now: number): boolean {
  if (!is_physical(order)) return false;
  const standing = standing_of(order, now);
  const open: Standing[] = ["to_address", "packed", "at_time", "by_hand", "on_its_way"];
  return open.includes(standing);
}

/** Return whether the prize comes by itself within moments, so that looking again is worth it. */
export function comes_soon(order: Order, now: number): boolean {
  return order.award !== null && standing_of(order, now) === "on_its_way";
}

function is_physical(order: Order): boolean {
  return order.award?.award_type === PHYSICAL;
}

function parcel_of({ shipment }: Order): Standing {
  if (shipment?.carrier != null) return "shipped";
  return shipment?.left === true ? "left" : "packed";
}

function waiting(order: Order, now: number): Standing {
  if (order.claimed_at === null && (order.claim_by !== null || is_physical(order))) {
    if (order.claim_by !== null && Date.parse(order.claim_by) < now) return "overdue";
    return is_physical(order) ? "to_address" : "to_claim";
  }
  if (order.grant_type === BY_HAND && order.grant_at === null) return "by_hand";
  if (order.grant_type === AT_A_TIME && order.grant_at !== null && Date.parse(order.grant_at) > now) return "at_time";
  return order.award?.award_content == null ? "on_its_way" : "granted";
}
