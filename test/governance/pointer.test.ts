import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Digest, digestOf } from "../../src/governance/digest.ts";
import {
  POINTER_STAGES,
  type Pointer,
  parsePointer,
  renderPointer,
  selectPointer,
  shownDigest,
} from "../../src/governance/pointer.ts";
import { digestWith, HEAD } from "./builders.ts";

const pointerOf = (changes: Partial<Pointer> = {}): Pointer => ({
  stage: "approved",
  pullRequest: 7,
  artifactId: 100,
  artifactDigest: digestWith("a"),
  planArtifactId: 90,
  commentId: 31,
  bindingDigest: digestWith("b"),
  shownDigest: digestWith("c"),
  shownBefore: digestWith("d"),
  eventId: 501,
  commitSha: "",
  ...changes,
});

const TEXT = `v=1&stage=approved&pr=7&artifact=100&zip=${"a".repeat(64)}&plan=90&comment=31&binding=${"b".repeat(64)}&shown=${"c".repeat(64)}&before=${"d".repeat(64)}&event=501&commit=`;
const replaced = (from: string, to: string) => {
  if (!TEXT.includes(from)) throw new Error(`${from} is not in the text`);
  return TEXT.replace(from, to);
};

describe("a pointer", () => {
  test("is a query string of fixed order", () => {
    expect(renderPointer(pointerOf())).toBe(TEXT);
    expect(renderPointer(pointerOf({ commitSha: HEAD }))).toBe(`${TEXT}${HEAD}`);
  });

  test("has exactly the known stages", () => {
    expect(POINTER_STAGES).toEqual(["planned", "denied", "approved", "committing", "drifted", "revoked", "executed"]);
  });

  test.each(POINTER_STAGES)("is written and read with the stage %s", (stage) => {
    expect(renderPointer(pointerOf({ stage }))).toBe(replaced("stage=approved", `stage=${stage}`));
    expect(parsePointer(replaced("stage=approved", `stage=${stage}`))).toStrictEqual(pointerOf({ stage }));
  });

  test("is read back exactly, whatever it says", () => {
    const hexDigit = fc.constantFrom(..."0123456789abcdef");
    const hex = (length: number) => fc.string({ unit: hexDigit, minLength: length, maxLength: length });
    const digest = hex(64).map((digits): Digest => `sha256:${digits}`);
    const id = fc.oneof(fc.nat(), fc.maxSafeNat());
    const pointers = fc.record<Pointer>(
      {
        stage: fc.constantFrom(...POINTER_STAGES),
        pullRequest: id,
        artifactId: id,
        artifactDigest: digest,
        planArtifactId: id,
        commentId: id,
        bindingDigest: digest,
        shownDigest: digest,
        shownBefore: digest,
        eventId: id,
        commitSha: fc.oneof(fc.constant(""), hex(40), hex(64)),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(pointers, (pointer) => {
        expect(parsePointer(renderPointer(pointer))).toStrictEqual(pointer);
      }),
    );
  });

  test.each<[string, string]>([
    ["nothing", ""],
    ["another action's id", "build-1234"],
    ["another version", replaced("v=1", "v=2")],
    ["an unknown stage", replaced("stage=approved", "stage=merged")],
    ["no stage", replaced("stage=approved&", "")],
    ["an unknown key", `${TEXT}&x=1`],
    ["a repeated key that agrees", replaced("pr=7", "pr=7&pr=7")],
    ["a repeated key that differs", replaced("pr=7", "pr=8&pr=7")],
    ["another order", replaced("v=1&stage=approved", "stage=approved&v=1")],
    ["a missing key", replaced("&event=501", "")],
    ["an empty number", replaced("event=501", "event=")],
    ["a negative number", replaced("event=501", "event=-1")],
    ["a fraction", replaced("event=501", "event=1.5")],
    ["a number beyond what is exact", replaced("event=501", "event=9007199254740993")],
    ["a number in another notation", replaced("artifact=100", "artifact=1e2")],
    ["a number with a leading zero", replaced("pr=7", "pr=07")],
    ["a number with a blank", replaced("pr=7", "pr=+7")],
    ["a short digest", replaced("a".repeat(64), "a".repeat(63))],
    ["a long digest", replaced("b".repeat(64), "b".repeat(65))],
    ["an upper-case digest", replaced("c".repeat(64), "C".repeat(64))],
    ["no digest of what stood there before", replaced(`before=${"d".repeat(64)}&`, "")],
    ["a digest with its prefix", replaced("zip=", "zip=sha256:")],
    ["a short commit id", `${TEXT}${HEAD.slice(1)}`],
    ["a commit id of an odd length", `${TEXT}${HEAD}a`],
    ["a commit id with something after it", `${TEXT}${HEAD}-x`],
    ["an encoded letter", replaced("stage=a", "stage=%61")],
    ["a question mark in front", `?${TEXT}`],
    ["a line feed at the end", `${TEXT}\n`],
  ])("is not read from a text with %s", (_, text) => {
    expect(parsePointer(text)).toBeUndefined();
  });
});

describe("the pointer that counts", () => {
  const check = (id: number, changes: Partial<Pointer> = {}) => ({ id, externalId: renderPointer(pointerOf(changes)) });

  test("is none without check runs of ours for this pull request", () => {
    expect(selectPointer([], 7)).toBeUndefined();
    expect(selectPointer([{ id: 1, externalId: "ci" }, check(2, { pullRequest: 8 })], 7)).toBeUndefined();
  });

  test("is of this pull request, even when a sibling's is newer (T20)", () => {
    const checks = [check(1), check(2, { pullRequest: 8, planArtifactId: 95 })];
    expect(selectPointer(checks, 7)).toEqual(pointerOf());
  });

  test("is the newest check run of a plan, in whatever order they come", () => {
    const checks = [check(1, { stage: "planned" }), check(3, { stage: "revoked" }), check(2, { stage: "approved" })];
    expect(selectPointer(checks, 7)?.stage).toBe("revoked");
    expect(selectPointer(checks.toReversed(), 7)?.stage).toBe("revoked");
  });

  test("is of the newest plan, even when an older one is posted again", () => {
    const checks = [
      check(1, { planArtifactId: 90 }),
      check(2, { planArtifactId: 91, stage: "planned" }),
      check(3, { planArtifactId: 90 }),
    ];
    expect(selectPointer(checks, 7)).toEqual(pointerOf({ planArtifactId: 91, stage: "planned" }));
    expect(selectPointer(checks.toReversed(), 7)?.planArtifactId).toBe(91);
  });

  test("stays executed, whatever is posted after it for the same plan (T18)", () => {
    const checks = [check(1, { stage: "executed", commitSha: HEAD }), check(2, { stage: "approved" })];
    expect(selectPointer(checks, 7)).toEqual(pointerOf({ stage: "executed", commitSha: HEAD }));
  });

  test("is committing as long as nothing newer is posted for the same plan", () => {
    const checks = [check(1, { stage: "approved" }), check(2, { stage: "committing", commitSha: HEAD })];
    expect(selectPointer(checks, 7)).toEqual(pointerOf({ stage: "committing", commitSha: HEAD }));
  });

  test.each(POINTER_STAGES.filter((stage) => stage !== "executed"))(
    "does not stay %s: only executed is final",
    (stage) => {
      const checks = [check(1, { stage }), check(2, { stage: "approved", eventId: 502 })];
      expect(selectPointer(checks, 7)).toEqual(pointerOf({ stage: "approved", eventId: 502 }));
      const used = [check(1, { stage: "executed", commitSha: HEAD }), check(2, { stage })];
      expect(selectPointer(used, 7)).toEqual(pointerOf({ stage: "executed", commitSha: HEAD }));
    },
  );

  test("is the new plan's after an older one was executed", () => {
    const checks = [check(1, { stage: "executed", planArtifactId: 80 }), check(2, { stage: "planned" })];
    expect(selectPointer(checks, 7)).toEqual(pointerOf({ stage: "planned" }));
  });

  test("is not the newest plan's because of a forged text", () => {
    const forged = { id: 9, externalId: `${renderPointer(pointerOf({ planArtifactId: 999 }))}&pr=7` };
    expect(selectPointer([check(1), forged], 7)).toEqual(pointerOf());
  });
});

describe("the digest of what a comment shows", () => {
  test("does not count white space", () => {
    expect(shownDigest("a b\r\n\n c\t")).toBe(digestOf("abc"));
    expect(shownDigest("a b\r\n\n c\t")).toBe(shownDigest("abc"));
  });

  test("counts every other character", () => {
    expect(shownDigest("abc.")).not.toBe(shownDigest("abc"));
    expect(shownDigest("ab\u{200B}c")).not.toBe(shownDigest("abc"));
  });
});
