import { z } from "zod";
import { type Digest, digestOf, parseDigest } from "./digest.ts";
import { IntegrityError } from "./errors.ts";
import type { Finding, ReasonCode } from "./outcome.ts";

const digest = z.custom<Digest>((value) => typeof value === "string" && parseDigest(value) !== undefined);
const sha = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);

const bindingSchema = z.strictObject({
  version: z.literal(1),
  repositoryId: z.number().int(),
  pullRequest: z.number().int(),
  requesterId: z.number().int(),
  requester: z.string(),
  /** Who re-ran the request of somebody else, and so asked for this plan as well. */
  triggeringActorId: z.number().int().exactOptional(),
  triggeringActor: z.string().exactOptional(),
  commentId: z.number().int(),
  /** The comment of the plan that this one replaced. */
  replacedCommentId: z.number().int().exactOptional(),
  promptDigest: digest,
  planDigest: digest,
  scopeDigest: digest,
  headSha: sha,
  baseRef: z.string(),
  baseSha: sha,
  policyDigest: digest,
  instructionChainDigest: digest,
  codexVersion: z.string(),
  model: z.string(),
  effort: z.string(),
  actionVersion: z.string(),
});

/** Everything that an approval is bound to. When one of these differs, the approval is void. */
export type Binding = Readonly<z.infer<typeof bindingSchema>>;

/** The bytes of binding.json; the binding digest is taken over them. */
export function renderBinding(binding: Binding): string {
  return `${JSON.stringify(bindingSchema.parse(binding), undefined, 2)}\n`;
}

/** A stored binding back. Throws IntegrityError when it is not one. */
export function readBinding(text: string): Binding {
  try {
    return bindingSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new IntegrityError(
      "evidence_invalid",
      "binding.json is not a binding of version 1. The bundle was not made by this action or is damaged. Ask for a new plan.",
      { cause },
    );
  }
}

/** Whether this account asked for the plan: by the comment, or by re-running it. */
export function isRequester(
  binding: { readonly requesterId: number; readonly triggeringActorId?: number | undefined },
  id: number,
): boolean {
  return id === binding.requesterId || id === binding.triggeringActorId;
}

/** Digest of an instruction chain: the sorted list of its files with their digests. */
export function chainDigest(files: readonly { readonly path: string; readonly digest: Digest }[]): Digest {
  const lines = files.map((file) => JSON.stringify([file.path, file.digest])).sort();
  return digestOf(lines.join("\n"));
}

/** Which part of the identity a rule looks at, and what its difference is called. */
const IDENTITY: readonly (readonly [keyof Binding, ReasonCode])[] = [
  ["repositoryId", "binding_mismatch"],
  ["pullRequest", "binding_mismatch"],
  ["commentId", "binding_mismatch"],
  ["requesterId", "binding_mismatch"],
  ["headSha", "head_moved"],
  ["baseRef", "base_changed"],
  ["baseSha", "base_moved"],
  ["promptDigest", "prompt_changed"],
  ["policyDigest", "policy_changed"],
  ["instructionChainDigest", "instruction_chain_changed"],
  ["codexVersion", "codex_changed"],
  ["model", "codex_changed"],
  ["effort", "codex_changed"],
  ["actionVersion", "action_changed"],
];

/** What is live now; a field that is left out is not compared (yet). */
export type LiveIdentity = Partial<Omit<Binding, "planDigest" | "scopeDigest" | "version">>;

export interface IdentityDrift {
  readonly reasonCode: ReasonCode;
  readonly findings: readonly Finding[];
}

/** Identity drift: what the plan was bound to against what is live. Undefined when all is the same. */
export function findIdentityDrift(bound: Binding, live: LiveIdentity): IdentityDrift | undefined {
  const broken = IDENTITY.filter(([field]) => field in live && live[field as keyof LiveIdentity] !== bound[field]);
  const first = broken[0];
  if (!first) return undefined;
  return {
    reasonCode: first[1],
    findings: broken.map(([field, reasonCode]) => ({
      code: reasonCode,
      message: `\`${field}\` is not the one that the plan was bound to.`,
      expected: String(bound[field]),
      got: String(live[field as keyof LiveIdentity]),
    })),
  };
}
