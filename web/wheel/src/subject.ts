/** Whom a token is about; only the API checks that it is true. */

const PAYLOAD = 1;

/** Return the subject of a JWT; null where a token is none, or names nobody. */
export function subject_of(token: string): string | null {
  try {
    const payload = atob((token.split(".")[PAYLOAD] ?? "").replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = Uint8Array.from(payload, (character) => character.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown } | null;
    return typeof claims?.sub === "string" && claims.sub !== "" ? claims.sub : null;
  } catch {
    return null;
  }
}
