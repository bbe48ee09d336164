import { createHash } from "node:crypto";

/** A SHA-256 digest in the notation `sha256:<64 lower-case hex digits>`. */
export type Digest = `sha256:${string}`;

/** SHA-256 over the bytes as stored. A string is taken as UTF-8. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The 64 hex digits of a digest, as `sha256sum` prints them. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}

/** The first 12 hex digits: enough for people and for names, never for a comparison. */
export function shortDigest(digest: Digest): string {
  return hexOf(digest).slice(0, 12);
}

/**
 * A digest from outside. Bare hex is refused: GitHub's artifact upload answers bare hex while the download
 * expects the prefix, and a comparison between the two notations would never match.
 */
export function parseDigest(text: string): Digest | undefined {
  return /^sha256:[0-9a-f]{64}$/.test(text) ? (text as Digest) : undefined;
}

/** The text of a checksum file that `sha256sum -c` accepts, one line a file, sorted by name. */
export function renderChecksums(files: ReadonlyMap<string, Uint8Array>): string {
  return [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, bytes]) => `${hexOf(digestOf(bytes))}  ${name}\n`)
    .join("");
}
