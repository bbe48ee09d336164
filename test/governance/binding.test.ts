import { describe, expect, test } from "vitest";
import {
  type Binding,
  chainDigest,
  findIdentityDrift,
  isRequester,
  readBinding,
  renderBinding,
} from "../../src/governance/binding.ts";
import { digestOf } from "../../src/governance/digest.ts";
import { IntegrityError } from "../../src/governance/errors.ts";
import { bindingOf, digestWith, errorOf, HEAD } from "./builders.ts";

const FIELDS = Object.keys(bindingOf()) as (keyof Binding)[];

describe("binding.json", () => {
  test("is indented by two, ends with a line feed and is read back", () => {
    const text = renderBinding(bindingOf());
    expect(text).toMatch(/^\{\n {2}"version": 1,\n {2}"repositoryId": 11,\n[\s\S]*\n\}\n$/);
    expect(readBinding(text)).toStrictEqual(bindingOf());
  });

  test("may hold commit ids of SHA-256 repositories", () => {
    const binding = bindingOf({ headSha: "c".repeat(64), baseSha: "d".repeat(64) });
    expect(readBinding(renderBinding(binding))).toStrictEqual(binding);
  });

  const refusal = (text: string) => {
    const error = errorOf(() => readBinding(text));
    expect(error).toBeInstanceOf(IntegrityError);
    expect(error).toMatchObject({
      code: "evidence_invalid",
      message:
        "binding.json is not a binding of version 1. The bundle was not made by this action or is damaged. Ask for a new plan.",
    });
    expect((error as Error).cause).toBeInstanceOf(Error);
  };

  test.each(FIELDS)("is refused without `%s`", (field) => {
    refusal(JSON.stringify({ ...bindingOf(), [field]: undefined }));
  });

  test.each(FIELDS)("is refused when `%s` is null", (field) => {
    refusal(JSON.stringify({ ...bindingOf(), [field]: null }));
  });

  test.each<[string, object]>([
    ["an unknown key", { extra: 1 }],
    ["another version", { version: 2 }],
    ["a fraction for an id", { repositoryId: 1.5 }],
    ["a fraction for the number", { pullRequest: 1.5 }],
    ["a fraction for the requester", { requesterId: 1.5 }],
    ["a fraction for the comment", { commentId: 1.5 }],
    ["bare hex for a digest", { planDigest: "2".repeat(64) }],
    ["a number for a digest", { scopeDigest: 3 }],
    ["a list for a digest", { scopeDigest: [digestWith("3")] }],
    ["a short commit id", { headSha: "a".repeat(39) }],
    ["a commit id of an odd length", { headSha: "a".repeat(41) }],
    ["an upper-case commit id", { baseSha: "A".repeat(40) }],
    ["a branch for a commit id", { baseSha: `${"b".repeat(40)}^` }],
    ["something before a commit id", { headSha: ` ${HEAD}` }],
  ])("is refused with %s, and not rendered either", (_, changes) => {
    refusal(JSON.stringify({ ...bindingOf(), ...changes }));
    expect(() => renderBinding({ ...bindingOf(), ...changes } as Binding)).toThrow();
  });

  test.each(["", "{", "null", "[]", '"x"'])("is refused when it is %j", (text) => {
    refusal(text);
  });
});

describe("the digest of an instruction chain", () => {
  const a = { path: "AGENTS.md", digest: digestWith("1") };
  const b = { path: "src/AGENTS.md", digest: digestWith("2") };

  test("is taken over the sorted list of its files with their digests", () => {
    const lines = `["AGENTS.md","${digestWith("1")}"]\n["src/AGENTS.md","${digestWith("2")}"]`;
    expect(chainDigest([b, a])).toBe(digestOf(lines));
    expect(chainDigest([a, b])).toBe(chainDigest([b, a]));
  });

  test("differs by path, by content, by number of files, and cannot be imitated by a line feed in a path", () => {
    const chains = [
      [],
      [a],
      [a, b],
      [a, { ...b, path: "lib/AGENTS.md" }],
      [a, { ...b, digest: digestWith("3") }],
      [{ path: `AGENTS.md","${digestWith("1")}"]\n["src/AGENTS.md`, digest: digestWith("2") }],
    ];
    expect(new Set(chains.map(chainDigest)).size).toBe(chains.length);
  });
});

describe("identity drift", () => {
  const bound = bindingOf();

  test.each<[keyof Binding, string | number, string]>([
    ["repositoryId", 12, "binding_mismatch"],
    ["pullRequest", 8, "binding_mismatch"],
    ["commentId", 32, "binding_mismatch"],
    ["requesterId", 99, "binding_mismatch"],
    ["headSha", "c".repeat(40), "head_moved"],
    ["baseRef", "develop", "base_changed"],
    ["baseSha", "c".repeat(40), "base_moved"],
    ["promptDigest", digestWith("9"), "prompt_changed"],
    ["policyDigest", digestWith("9"), "policy_changed"],
    ["instructionChainDigest", digestWith("9"), "instruction_chain_changed"],
    ["codexVersion", "0.170.0", "codex_changed"],
    ["model", "gpt-6", "codex_changed"],
    ["effort", "high", "codex_changed"],
    ["actionVersion", "0.2.0", "action_changed"],
  ])("is seen when only `%s` differs", (field, value, reasonCode) => {
    const { planDigest: _, scopeDigest: __, version: ___, ...live } = bound;
    expect(findIdentityDrift(bound, { ...live, [field]: value })).toEqual({
      reasonCode,
      findings: [
        {
          code: reasonCode,
          message: `\`${field}\` is not the one that the plan was bound to.`,
          expected: String(bound[field]),
          got: String(value),
        },
      ],
    });
  });

  test("is none when everything is the same", () => {
    expect(findIdentityDrift(bound, { ...bound })).toBeUndefined();
  });

  test("does not compare what is left out, nor the requester's login, which may be renamed", () => {
    expect(findIdentityDrift(bound, {})).toBeUndefined();
    expect(findIdentityDrift(bound, { requester: "rita-2" })).toBeUndefined();
  });

  test("takes a field that is there but unknown as different", () => {
    const live = { headSha: undefined } as unknown as { headSha: string };
    expect(findIdentityDrift(bound, live)).toMatchObject({
      reasonCode: "head_moved",
      findings: [{ got: "undefined" }],
    });
  });

  test("tells everything that differs, the first of the order as the reason", () => {
    const drift = findIdentityDrift(bound, { model: "x", baseSha: "c".repeat(40), headSha: "c".repeat(40) });
    expect(drift?.reasonCode).toBe("head_moved");
    expect(drift?.findings.map(({ code }) => code)).toEqual(["head_moved", "base_moved", "codex_changed"]);
  });
});

describe("what newer versions bind as well", () => {
  const more = { triggeringActorId: 33, triggeringActor: "otto", replacedCommentId: 7 };

  test("is read back, and bindings without it stay as they were", () => {
    expect(readBinding(renderBinding(bindingOf(more)))).toStrictEqual(bindingOf(more));
    expect(renderBinding(bindingOf())).not.toMatch(/triggeringActor|replacedCommentId/);
  });

  test.each(Object.keys(more))("is refused when `%s` is null", (field) => {
    expect(errorOf(() => readBinding(JSON.stringify({ ...bindingOf(), [field]: null })))).toBeInstanceOf(
      IntegrityError,
    );
  });

  test("makes a requester of who re-ran the request", () => {
    const { requesterId } = bindingOf();
    expect([requesterId, 33, 34].map((id) => isRequester(bindingOf(more), id))).toEqual([true, true, false]);
    expect([requesterId, 33].map((id) => isRequester(bindingOf(), id))).toEqual([true, false]);
  });
});
