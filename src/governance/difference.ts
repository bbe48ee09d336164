import type { Finding } from "./outcome.ts";

/** What is compared, what it must be, what it is. */
export type Comparison = readonly [what: string, expected: unknown, got: unknown];

/** The first two that are not equal. */
export function firstDifference(comparisons: readonly Comparison[]): Finding | undefined {
  const different = comparisons.find(([, expected, got]) => expected !== got);
  return different && wrong(`${different[0]} is another one.`, different[1], different[2]);
}

/** Something that evidence says and that is not so. */
export function wrong(message: string, expected: unknown, got: unknown): Finding {
  return { code: "evidence_invalid", message, expected: String(expected), got: String(got ?? "nothing") };
}
