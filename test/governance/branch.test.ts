import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fullRef, otherMeaningOf } from "../../src/governance/branch.ts";

describe("a branch's name", () => {
  test.each([
    "refs/heads/main",
    "refs/heads/refs/heads/main",
    "refs/tags/v1",
    "refs/x",
    "heads/main",
    "tags/v1",
    "remotes/origin/main",
    "pull/1/head",
    "pull/77/merge",
    "HEAD",
    "head",
    "@",
    "0123456789abcdef0123456789abcdef01234567",
    "0123456789ABCDEF0123456789ABCDEF01234567",
    "e".repeat(64),
  ])("that could mean something else is told: %s", (name) => {
    expect(otherMeaningOf(name)).toContain(`\`${name}\``);
  });

  test.each([
    "main",
    "feature/refs/heads/main",
    "refs",
    "refs-cleanup",
    "heads-up",
    "heads",
    "tagsoup/x",
    "feature/tags/x",
    "remote/origin",
    "pull/1",
    "pull/1/head/x",
    "x/pull/1/head",
    "pull/x/head",
    "HEAD-1",
    "my-HEAD",
    "user@work",
    "e".repeat(39),
    "e".repeat(41),
    "e".repeat(63),
    "e".repeat(65),
    "g".repeat(40),
    "x".repeat(64),
    "fix#12",
    "100%",
    "größe/日本語",
  ])("that is merely unusual means one thing: %s", (name) => {
    expect(otherMeaningOf(name)).toBeUndefined();
  });

  test("is told as what it could mean", () => {
    expect(otherMeaningOf("refs/heads/main")).toBe("the reference `refs/heads/main`");
    expect(otherMeaningOf("HEAD")).toBe("the commit `HEAD`");
  });

  test("in full is never another branch's", () => {
    expect(fullRef("main")).toBe("refs/heads/main");
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => a === b || fullRef(a) !== fullRef(b)));
  });
});
