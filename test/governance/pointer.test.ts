import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Digest, digestOf, hexOf } from "../../src/governance/digest.ts";
import {
  endedUpTo,
  isApprovedStage,
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
  shownDigest: "C".repeat(22),
  shownBefore: "D".repeat(22),
  eventId: 501,
  commitSha: "",
  ...changes,
});

const base64 = (hex: string) => Buffer.from(hex, "hex").toString("base64url");
const [ZIP, BINDING] = [base64("a".repeat(64)), base64("b".repeat(64))];
const TEXT = `cpg1.approved.7.100.${ZIP}.90.31.${BINDING}.${"C".repeat(22)}.${"D".repeat(22)}.501.`;
const replaced = (from: string, to: string) => {
  if (!TEXT.includes(from)) throw new Error(`${from} is not in the text`);
  return TEXT.replace(from, to);
};

describe("a pointer", () => {
  test("is its fields in a fixed order", () => {
    expect(renderPointer(pointerOf())).toBe(TEXT);
    expect(renderPointer(pointerOf({ commitSha: HEAD }))).toBe(`${TEXT}${base64(HEAD)}`);
  });

  test("has exactly the known stages", () => {
    expect(POINTER_STAGES).toEqual([
      "planned",
      "denied",
      "approved",
      "blocked",
      "committing",
      "released",
      "drifted",
      "revoked",
      "executed",
    ]);
  });

  test.each(POINTER_STAGES)("is written and read with the stage %s", (stage) => {
    expect(renderPointer(pointerOf({ stage }))).toBe(replaced(".approved.", `.${stage}.`));
    expect(parsePointer(replaced(".approved.", `.${stage}.`))).toStrictEqual(pointerOf({ stage }));
  });

  test("is read back exactly, whatever it says", () => {
    const hexDigit = fc.constantFrom(..."0123456789abcdef");
    const hex = (length: number) => fc.string({ unit: hexDigit, minLength: length, maxLength: length });
    const digest = hex(64).map((digits): Digest => `sha256:${digits}`);
    const shown = fc.string().map(shownDigest);
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
        shownDigest: shown,
        shownBefore: shown,
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

  test("stays below 255 characters with ids of this decade", () => {
    const id = 99_999_999_999;
    const long = pointerOf({ stage: "committing", pullRequest: 999_999, commitSha: HEAD });
    const text = renderPointer({ ...long, artifactId: id, planArtifactId: id, commentId: id, eventId: id });
    expect(text.length).toBeLessThan(255);
  });

  test.each<[string, string]>([
    ["nothing", ""],
    ["another action's id", "build-1234"],
    ["another version", replaced("cpg1", "cpg2")],
    ["an unknown stage", replaced("approved", "merged")],
    ["no stage", replaced("approved.", "")],
    ["one field more", `${TEXT}.x`],
    ["one field less", replaced(".501", "")],
    ["another order", replaced("7.100", "100.7.")],
    ["an empty number", replaced(".501.", "..")],
    ["a negative number", replaced("501", "-1")],
    ["a number beyond what is exact", replaced("501", "9007199254740993")],
    ["a number of too many digits", replaced("501", "1".repeat(17))],
    ["a number in another notation", replaced(".100.", ".1e2.")],
    ["a number with a leading zero", replaced(".7.", ".07.")],
    ["a number with a sign", replaced(".7.", ".+7.")],
    ["a short digest", replaced(ZIP, base64("a".repeat(62)))],
    ["a long digest", replaced(BINDING, base64("b".repeat(66)))],
    ["a digest in hex", replaced(ZIP, "a".repeat(64))],
    ["a digest in another spelling of the same bytes", replaced(ZIP, `${ZIP.slice(0, -1)}r`)],
    ["a digest with padding", replaced(ZIP, `${ZIP}=`)],
    ["a short digest of the comment", replaced("C".repeat(22), "C".repeat(21))],
    ["a long digest of the comment", replaced("C".repeat(22), "C".repeat(23))],
    ["a long digest of the comment before", replaced("D".repeat(22), "D".repeat(23))],
    ["a digest of the comment in another alphabet", replaced("C".repeat(22), `${"C".repeat(21)}+`)],
    ["a commit id of an odd length", `${TEXT}${base64(HEAD.slice(2))}`],
    ["a commit id with something after it", `${TEXT}${base64(HEAD)}-x`],
    ["a blank in front", ` ${TEXT}`],
    ["a line feed at the end", `${TEXT}\n`],
  ])("is not read from a text with %s", (_, text) => {
    expect(parsePointer(text)).toBeUndefined();
  });
});

describe("a stage", () => {
  test("has its approval when the plan is approved, blocked or not, and in no other", () => {
    expect(POINTER_STAGES.filter(isApprovedStage)).toEqual(["approved", "blocked", "released"]);
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

  test.each(POINTER_STAGES.filter((stage) => stage !== "executed" && stage !== "drifted"))(
    "does not stay %s: only executed and drifted are final",
    (stage) => {
      const checks = [check(1, { stage }), check(2, { stage: "approved", eventId: 502 })];
      expect(selectPointer(checks, 7)).toEqual(pointerOf({ stage: "approved", eventId: 502 }));
      const used = [check(1, { stage: "executed", commitSha: HEAD }), check(2, { stage })];
      expect(selectPointer(used, 7)).toEqual(pointerOf({ stage: "executed", commitSha: HEAD }));
    },
  );

  test.each(["planned", "approved", "blocked"] as const)(
    "stays committing when a run that looked before posts %s for the same label event",
    (stage) => {
      const checks = [check(1, { stage: "approved" }), check(2, { stage: "committing" }), check(3, { stage })];
      expect(selectPointer(checks, 7)?.stage).toBe("committing");
      expect(selectPointer(checks.toReversed(), 7)?.stage).toBe("committing");
      // Another label event is another approval.
      const other = [...checks, check(4, { stage, eventId: 502 })];
      expect(selectPointer(other, 7)).toEqual(pointerOf({ stage, eventId: 502 }));
    },
  );

  test.each(["planned", "approved", "blocked"] as const)(
    "stays committing however many runs that looked before post %s",
    (stage) => {
      const late = [3, 4, 5].map((id) => check(id, { stage }));
      expect(selectPointer([check(2, { stage: "committing" }), ...late], 7)?.stage).toBe("committing");
    },
  );

  test.each(["planned", "denied", "approved", "blocked", "released", "revoked"] as const)(
    "stays drifted when %s is posted after it for the same plan, with what the newest check run remembers",
    (stage) => {
      const later = { stage, eventId: 502, artifactId: 101 };
      const checks = [check(1), check(2, { stage: "drifted" }), check(3, later)];
      expect(selectPointer(checks, 7)).toEqual(pointerOf({ ...later, stage: "drifted" }));
      expect(selectPointer(checks.toReversed(), 7)?.stage).toBe("drifted");
      expect(selectPointer([...checks, check(4, { stage: "committing" }), check(5, later)], 7)?.stage).toBe("drifted");
    },
  );

  test.each(["committing", "executed"] as const)(
    "is %s when that is said after drifted: a commit may be there",
    (stage) => {
      const checks = [check(1, { stage: "drifted" }), check(2, { stage })];
      expect(selectPointer(checks, 7)?.stage).toBe(stage);
      // A run that had looked before the approval was spent says nothing of what became of it.
      expect(selectPointer([...checks, check(3, { stage: "approved" })], 7)?.stage).toBe(stage);
    },
  );

  test("is not drifted because an older plan was", () => {
    const checks = [check(1, { stage: "drifted", planArtifactId: 80 }), check(2, { stage: "planned" })];
    expect(selectPointer(checks, 7)).toEqual(pointerOf({ stage: "planned" }));
  });

  test.each(POINTER_STAGES.filter((stage) => !["executed", "committing", "drifted"].includes(stage)))(
    "goes on after %s, although that names a commit: only committing and executed say that one was made",
    (stage) => {
      const checks = [check(1, { stage, commitSha: HEAD }), check(2, { stage: "approved", eventId: 502 })];
      expect(selectPointer(checks, 7)).toEqual(pointerOf({ stage: "approved", eventId: 502 }));
    },
  );

  test("is usable again once the run that spent it says that nothing was committed", () => {
    const checks = [check(1, { stage: "committing" }), check(2, { stage: "released" })];
    expect(selectPointer(checks, 7)?.stage).toBe("released");
    expect(selectPointer([...checks, check(3, { stage: "approved" })], 7)?.stage).toBe("approved");
    const again = [...checks, check(3, { stage: "committing" }), check(4, { stage: "approved" })];
    expect(selectPointer(again, 7)?.stage).toBe("committing");
  });

  test.each(["denied", "revoked", "drifted"] as const)("is %s when that is said after committing", (stage) => {
    expect(selectPointer([check(1, { stage: "committing" }), check(2, { stage })], 7)?.stage).toBe(stage);
  });

  test("is unreported as long as the newest word on its commit is that its report failed", () => {
    const failed = { stage: "committing", commitSha: HEAD } as const;
    const executed = { stage: "executed", commitSha: HEAD } as const;
    const later = check(9, { stage: "approved", commitSha: "" });
    expect(selectPointer([check(1, executed), check(2, failed), later], 7)).toEqual(pointerOf(failed));
    expect(selectPointer([check(1, failed), check(2, executed), later], 7)).toEqual(pointerOf(executed));
    const mark = { stage: "committing", commitSha: "" } as const;
    expect(selectPointer([check(1, executed), check(2, mark)], 7)).toEqual(pointerOf(executed));
  });

  test("is the new plan's after an older one was executed", () => {
    const checks = [check(1, { stage: "executed", planArtifactId: 80 }), check(2, { stage: "planned" })];
    expect(selectPointer(checks, 7)).toEqual(pointerOf({ stage: "planned" }));
  });

  test("is not the newest plan's because of a forged text", () => {
    const forged = { id: 9, externalId: `${renderPointer(pointerOf({ planArtifactId: 999 }))}.` };
    expect(selectPointer([check(1), forged], 7)).toEqual(pointerOf());
  });
});

describe("the label events that count for nothing any more", () => {
  const post = (stage: Pointer["stage"], eventId: number, changes: Partial<Pointer> = {}) => ({
    id: 1,
    externalId: renderPointer(pointerOf({ stage, eventId, ...changes })),
  });
  const plan = pointerOf();

  test("are none while no run refused or revoked one", () => {
    expect(endedUpTo([], plan)).toBe(0);
    for (const stage of POINTER_STAGES.filter((each) => each !== "denied" && each !== "revoked")) {
      expect(endedUpTo([post(stage, 7)], plan)).toBe(0);
    }
  });

  test.each(["denied", "revoked"] as const)("go up to the latest that a run called %s", (stage) => {
    expect(endedUpTo([post("approved", 9), post(stage, 7), post(stage, 8), post(stage, 5)], plan)).toBe(8);
  });

  test("are not those of another plan, nor what is no pointer", () => {
    const other = { planArtifactId: plan.planArtifactId + 1 };
    expect(endedUpTo([post("revoked", 9, other), { id: 2, externalId: "hello" }, post("denied", 3)], plan)).toBe(3);
  });
});

describe("the digest of what a comment shows", () => {
  test("does not count white space", () => {
    expect(shownDigest("a b\r\n\n c\t")).toBe(base64(hexOf(digestOf("abc")).slice(0, 32)));
    expect(shownDigest("a b\r\n\n c\t")).toBe(shownDigest("abc"));
  });

  test("counts every other character", () => {
    expect(shownDigest("abc.")).not.toBe(shownDigest("abc"));
    expect(shownDigest("ab\u{200B}c")).not.toBe(shownDigest("abc"));
  });
});
