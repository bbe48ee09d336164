import { type Digest, digestOf } from "./digest.ts";
import type { Plan } from "./plan.ts";
import type { RiskClass } from "./risk.ts";

/**
 * The governed surface of a plan: what an approval really allows. Wording, order and reasons are not part of
 * it, so that model noise does not void an approval; one more file or another operation is.
 */
export interface Scope {
  /** `operation path` or `rename from -> path`, sorted. */
  readonly files: readonly string[];
  /** Verification commands, white space folded, sorted. */
  readonly verification: readonly string[];
  readonly riskClass: RiskClass;
}

export function scopeOf(plan: Plan, riskClass: RiskClass): Scope {
  return {
    // JSON strings, because a path may contain any separator that we could choose.
    files: plan.files
      .map(({ operation, path, from }) =>
        JSON.stringify(from === undefined ? [operation, path] : [operation, path, from]),
      )
      .sort(),
    verification: [...plan.verification].sort(),
    riskClass,
  };
}

export function scopeDigest(scope: Scope): Digest {
  return digestOf(JSON.stringify([scope.files, scope.verification, scope.riskClass]));
}
