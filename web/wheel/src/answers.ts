/** What the API answers, as docs/openapi.json describes it; only the fields that the page reads. */

export interface Activity {
  activity_id: string;
  activity_name: string;
  activity_desc: string;
  state: number;
  begin: string;
  end: string;
  cap: { limit: number; left: number } | null;
  awards: Share[];
  /** The trees that are the only ways in; none where it is drawn directly. */
  through: string[];
  /** The award of every draw that wins no other. */
  fallback: string | null;
}

/** An award with its odds; stock_left is null for an unlimited one. */
export interface Share {
  award_id: string;
  award_type: number;
  award_name: string;
  rate: string;
  stock_left: number | null;
  unlock_after: number;
}

export interface Award {
  award_id: string;
  award_type: number;
  award_name: string;
  award_content: string | null;
}

export interface Shipment {
  left: boolean;
  carrier: string | null;
  tracking: string | null;
}

/** A draw on record. */
export interface Order {
  order_id: string;
  activity_id: string;
  outcome: "won" | "lost" | "fallback";
  award: Award | null;
  grant_type: number;
  grant_at: string | null;
  grant_state: number;
  claim_by: string | null;
  claimed_at: string | null;
  shipment: Shipment | null;
  drawn_at: string;
}

export interface Orders {
  draws: Order[];
  next: string | null;
}

/** The draws that a user has left; null where nothing limits them. */
export interface Quotas {
  quotas: { period: string; draws: number; taken: number; left: number; renews_at: string | null }[];
  left: number | null;
  renews_at: string | null;
}

export const STARTED = 5;
export const CLOSED = 7;
export const AT_ONCE = 1;
export const AT_A_TIME = 2;
export const BY_HAND = 3;
export const WAITING = 0;
export const GRANTED = 1;
export const PARKED = 2;
export const TEXT = 1;
export const PHYSICAL = 4;
