import { renderBinding } from "../../src/governance/binding.ts";
import { digestOf } from "../../src/governance/digest.ts";
import { type Bundle, bindingOf, bytes, HEAD, journalled, plannedBundle, reseal } from "./builders.ts";

/** A bundle of a plan that was made on a base commit, which a real clone may have. */
export function planOnBase(baseSha: string, runId: number): Bundle {
  const bundle = plannedBundle();
  const binding = { ...JSON.parse(new TextDecoder().decode(bundle.get("binding.json"))), baseSha };
  bundle.set("binding.json", bytes(renderBinding(binding)));
  reseal(bundle).delete("journal.jsonl");
  const subject = {
    planDigest: binding.planDigest,
    bindingDigest: digestOf(renderBinding(binding)),
    requesterId: bindingOf().requesterId,
    headSha: HEAD,
    baseSha,
  };
  return journalled(bundle, { runId, subject });
}
