/** The draw that has no answer yet: its key outlives a reload, so that asking again is the same draw. */

/** A key with the body that it was first sent with: the same key with another body is refused. */
export interface Pending {
  key: string;
  body: string;
  /** Milliseconds. */
  asked_at: number;
}

/** The two calls of localStorage that it takes. */
export interface Memory {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

/** Older than this, a draw is not asked again before the player says so. */
export const RESUME_MS_MAX = 10 * 60 * 1000;

export class PendingDraw {
  readonly #memory: Memory;
  readonly #name: string;

  /** Keep it in memory under a name of its own for each API, way in and user. */
  constructor(memory: Memory, ...place: string[]) {
    this.#memory = memory;
    this.#name = `tombola-draw:${JSON.stringify(place)}`;
  }

  /** Return the draw that waits for its answer, or begin one. */
  begun(body: string, now: number, new_key: () => string): Pending {
    const kept = this.kept();
    if (kept !== null) return kept;
    const pending = { key: new_key(), body, asked_at: now };
    this.#memory.setItem(this.#name, JSON.stringify(pending));
    return pending;
  }

  /** Return the draw that waits for its answer, null if none does. */
  kept(): Pending | null {
    try {
      const kept: unknown = JSON.parse(this.#memory.getItem(this.#name) ?? "null");
      return is_pending(kept) ? kept : null;
    } catch {
      return null; // somebody else wrote there
    }
  }

  /** Return the draw that is to be asked for again by itself. */
  to_resume(now: number): Pending | null {
    const kept = this.kept();
    return kept !== null && now - kept.asked_at <= RESUME_MS_MAX ? kept : null;
  }

  /** Forget a draw that has its answer; a newer one, of another tab, stays. */
  answered(key: string): void {
    if (this.kept()?.key === key) this.#memory.removeItem(this.#name);
  }
}

/** Return the draw of a user, by any of the browser's tabs; where nobody knows whose it is, that of this page alone. */
export function pending_of(user: string | null, browser: Memory, page: Memory, ...place: string[]): PendingDraw {
  return user === null ? new PendingDraw(page, ...place) : new PendingDraw(browser, ...place, user);
}

/** Return the browser's storage, or a memory of this page alone where it is forbidden. */
export function memory_of(storage: () => Memory): Memory {
  try {
    const memory = storage();
    const probe = "tombola-probe";
    memory.setItem(probe, probe);
    memory.removeItem(probe);
    return memory;
  } catch {
    return own_memory();
  }
}

/** Return a memory that lasts as long as the page. */
export function own_memory(): Memory {
  const kept = new Map<string, string>();
  return {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  };
}

function is_pending(value: unknown): value is Pending {
  if (typeof value !== "object" || value === null) return false;
  const { key, body, asked_at } = value as Partial<Pending>;
  return typeof key === "string" && typeof body === "string" && typeof asked_at === "number";
}
