import { describe, expect, test } from "vitest";
import { auditBundle } from "../../src/governance/audit.ts";
import { IntegrityError } from "../../src/governance/errors.ts";
import { assertSealed, EVIDENCE_NAMES } from "../../src/governance/evidence.ts";
import { bundleOf } from "./audit-bundles.ts";
import { approvedBundle, journalled } from "./builders.ts";

// Tens of thousands of bundles: `npm run mutation` leaves them out, the tables of the other files find the mutants.

describe("a bundle in which one byte was changed", () => {
  test("is not sound, whichever byte it is, and whatever the change", () => {
    const original = bundleOf();
    for (const [name, content] of original) {
      for (let index = 0; index < content.length; index += 1) {
        for (const flip of [1, 0x20, 0x80]) {
          const changed = new Map(original).set(name, content.with(index, (content[index] ?? 0) ^ flip));
          expect(auditBundle(changed).finding, `${name} at ${index}`).toBeDefined();
        }
      }
    }
  });

  test.each(EVIDENCE_NAMES)("sees any one bit of %s that is changed", (name) => {
    const original = journalled(approvedBundle());
    const content = original.get(name) ?? new Uint8Array();
    for (let index = 0; index < content.length; index += 1) {
      const bundle = new Map(original).set(name, content.with(index, (content[index] ?? 0) ^ 1));
      expect(() => assertSealed(bundle)).toThrow(IntegrityError);
    }
  });
});
