/** What the tests make up. */

import type { Activity, Order, Share } from "../src/answers.js";
import type { Memory } from "../src/pending_draw.js";

export function a_memory(): Memory {
  const kept = new Map<string, string>();
  return {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  };
}

/** Return a source of keys: key-1, key-2 and so on. */
export function numbered_keys(name = "key"): () => string {
  let number = 0;
  return () => `${name}-${(number += 1)}`;
}

export function a_share(award_id: string, award_name = award_id): Share {
  return { award_id, award_type: 1, award_name, rate: "0.1", stock_left: 10, unlock_after: 0 };
}

export function an_activity(more: Partial<Activity> = {}): Activity {
  return {
    activity_id: "100001",
    activity_name: "Spring",
    activity_desc: "",
    state: 5,
    begin: "2026-01-01T00:00:00+08:00",
    end: "2035-12-31T23:59:59+08:00",
    cap: null,
    awards: [a_share("1", "IMac"), a_share("2", "Book"), a_share("3", "Pen")],
    through: [],
    fallback: null,
    ...more,
  };
}

export function an_order(more: Partial<Order> = {}): Order {
  return {
    order_id: "7801955541831006121",
    activity_id: "100001",
    outcome: "won",
    award: { award_id: "2", award_type: 1, award_name: "Book", award_content: null },
    grant_type: 1,
    grant_at: null,
    grant_state: 0,
    claim_by: null,
    claimed_at: null,
    shipment: null,
    drawn_at: "2026-11-23T12:00:00+08:00",
    ...more,
  };
}

export function a_loss(more: Partial<Order> = {}): Order {
  return an_order({ outcome: "lost", award: null, ...more });
}
