import { describe, expect, test } from "vitest";
import { auditBundle } from "../../src/governance/audit.ts";
import { bundleOf } from "./audit-bundles.ts";
import { type Bundle, journalled } from "./builders.ts";

const stepOf = (bundle: Bundle, name: string) => auditBundle(bundle).steps.find((step) => step.name === name);

describe("a request that was refused before there was a plan", () => {
  test.each([1, 2])("stays refused, however often that is recorded: %d", (records) => {
    const bundle: Bundle = new Map();
    for (let each = 0; each < records; each += 1) journalled(bundle, { decision: "deny", reasonCode: "prompt_empty" });
    expect(auditBundle(bundle).claims).toMatchObject({ stage: "refused", lastReason: "prompt_empty" });
  });
});

describe("a plan that was made and then refused", () => {
  const refused = { decision: "deny", reasonCode: "head_moved" } as const;

  test("has a sound bundle that tells of a refusal", () => {
    const bundle = bundleOf({ until: "plan", entries: { plan: refused } });
    expect(auditBundle(bundle).claims).toMatchObject({ stage: "refused", lastReason: "head_moved", commit: undefined });
    expect(stepOf(bundle, "origin")?.remark).toBe("the plan was refused before it was published");
  });

  test.each([
    ["goes on", { until: "approve", entries: { plan: refused } }],
    ["was refused by a later step", { until: "plan", entries: { plan: { ...refused, step: "execute" } } }],
    ["was allowed something else", { until: "plan", entries: { plan: { reasonCode: "plan_approved" } } }],
  ] as const)("has none when it %s", (_, story) => {
    const bundle = bundleOf(story);
    expect(auditBundle(bundle).finding?.message).toBe("The reason of the first record is another one.");
    expect(stepOf(bundle, "origin")?.status).toBe("failed");
  });

  test("has none with an approval", () => {
    const bundle = bundleOf({ until: "approve" });
    const journal = bundleOf({ until: "plan", entries: { plan: refused } }).get("journal.jsonl") as Uint8Array;
    const [line = ""] = new TextDecoder().decode(journal).split("\n");
    const { subject } = JSON.parse(line);
    bundle.delete("journal.jsonl");
    expect(auditBundle(journalled(bundle, { ...refused, subject })).claims).toBeUndefined();
  });
});
