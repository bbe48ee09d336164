import { OwnSecrets } from "./own-secrets.ts";
import { findSecrets } from "./secret-search.ts";

/** What is left out at a cut: half a secret is not recognised. Longer than a key that is escaped twice. In UTF-16 units. */
export const SEAM = 4_096;

/** The spellings of a run's own secrets are made once. */
const known = new WeakMap<readonly string[], OwnSecrets>();

function ownSecrets(secrets: readonly string[]): OwnSecrets {
  const there = known.get(secrets);
  if (there) return there;
  const made = new OwnSecrets(secrets);
  known.set(secrets, made);
  return made;
}

const NONE: readonly string[] = [];

/**
 * Text without secrets: the given values, and everything that has the form of a provider's key, token or private key;
 * also escaped for JSON, shells, URLs or HTML, split by quotes, colours, invisible characters or line ends, and in
 * base64 or hex. Only the secret's own characters are replaced. What is encoded in other ways (compressed, encrypted,
 * in words) is not recognised. Takes time in proportion to the text. Pure.
 */
export function redact(text: string, secrets: readonly string[] = NONE): string {
  return redactPart(text, secrets, { from: 0, to: text.length });
}

/** The same for a part of a text that is looked at as a whole, so that a secret at the part's edges is seen. */
export function redactPart(
  text: string,
  secrets: readonly string[],
  { from, to }: { readonly from: number; readonly to: number },
): string {
  const found = [...findSecrets(text, ownSecrets(secrets))].sort((a, b) => a.start - b.start);
  let clean = "";
  let shown = from;
  let isInside = false;
  for (const { kind, start, end } of found) {
    if (end <= shown || start >= to) continue;
    // What overlaps the last find becomes part of it.
    if (start >= shown || !isInside) clean += `${text.slice(shown, Math.max(shown, start))}[redacted:${kind}]`;
    shown = end;
    isInside = true;
  }
  return shown < to ? clean + text.slice(shown, to) : clean;
}
