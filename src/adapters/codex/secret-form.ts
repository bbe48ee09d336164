/** The form of one provider's secrets. */
export interface SecretForm {
  readonly kind: string;
  /** How it begins: at least three characters of ASCII, in each spelling that counts. */
  readonly starts: readonly string[];
  /** The secret, from there on; its group `secret` where it is only a part. Sticky, and bounded in what it reads. */
  readonly whole: RegExp;
  /**
   * The characters of its first part, how many there are at most, and what must follow: a long row of beginnings
   * without that is not read to the same end from each of them.
   */
  readonly part?: { readonly characters: RegExp; readonly longest: number; readonly next: string };
  /** From this length on it may be whole, so that the next line need not belong to it. In UTF-16 units. */
  readonly complete: number;
  /** It never goes on behind a line break once it is complete. */
  readonly isFixed?: boolean;
  /** A letter or digit before it makes it a part of a word. */
  readonly isWord?: boolean;
  /** Tells a secret from what only looks like one; `isInWord` when a letter or a digit stands right before it. */
  readonly isSecret?: (secret: string, isInWord: boolean) => boolean;
}
