import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { attestedOf } from "../../../src/governance/attestation.ts";
import { digestOf } from "../../../src/governance/digest.ts";
import { Pull } from "../../world/pull.ts";
import { allowed, decisionOf, denied } from "../bed.ts";
import { openScene } from "../scene.ts";
import { decide, HIGH_RISK, pass, say, TRAILERS } from "./signing.ts";

const scene = openScene({ policy: HIGH_RISK });

describe("a high-risk change", () => {
  test("is declared, rehearsed, signed, decided and executed, and its decision record is in the bundle", async () => {
    const pull = await Pull.open(scene.world);
    const asked = await pull.ask(`Change the greeting.\n\n${TRAILERS}`);
    expect(decisionOf(asked)).toEqual(allowed("plan_published", "planned"));
    expect(asked.outputs).toMatchObject({ "risk-class": "high", ready: "false" });

    const dryRun = await pull.label();
    expect(decisionOf(dryRun)).toEqual(allowed("plan_approved", "approved"));
    expect(dryRun.outputs.ready).toBe("false");
    const facts = JSON.parse(readFileSync(join(dryRun.outputs["evidence-directory"] ?? "", "gate-facts.json"), "utf8"));
    expect(facts).toMatchObject({ verification: [{ exitCode: 0 }], rehearsal: { result: "pass" } });

    const tooEarly = await pull.execute();
    expect(decisionOf(tooEarly)).toEqual(denied("gates_pending", "blocked"));
    expect(pull.isLabelPresent).toBe(true);

    const signed = await pass(pull, "security");
    expect(decisionOf(signed)).toEqual({ ...allowed("sign_off_recorded", "blocked") });
    expect(signed.outputs.ready).toBe("false");
    for (const gate of ["operations", "communication"]) {
      say(pull, "grace", `/codex-gate ${gate} pass I read the runbook.`);
    }
    const decided = await decide(pull);
    expect(decisionOf(decided)).toEqual(allowed("sign_off_recorded", "approved"));
    expect(decided.outputs.ready).toBe("true");
    expect(pull.comments).toHaveLength(1);

    const head = (await pull.head) ?? "";
    const executed = await pull.execute();
    expect(decisionOf(executed)).toEqual(allowed("plan_executed", "executed"));
    const commit = executed.outputs["commit-sha"] ?? "";
    expect(await scene.world.repository.changedFiles(head, commit)).toHaveLength(1);
    expect(pull.checks(commit).at(-1)?.conclusion).toBe("success");
    const bundle = executed.outputs["evidence-directory"] ?? "";
    const record = readFileSync(join(bundle, "decision-record.md"), "utf8");
    expect(record.match(/^## \d+\. /gm)).toHaveLength(9);
    expect(record).toContain("**GO**");
    expect(record).toContain("The risk is understood.");

    // What an attestation of it would say.
    const files = new Map(readdirSync(bundle).map((name) => [name, readFileSync(join(bundle, name))]));
    expect(attestedOf(files, { id: 1, digest: digestOf("zip") })?.predicate).toMatchObject({
      riskClass: "high",
      gates: {
        passed: ["code-quality", "security", "operations", "communication", "final-decision"],
        decision: { verdict: "go", decidedAt: expect.stringMatching(/Z$/) },
      },
    });
  }, 300_000);
});
