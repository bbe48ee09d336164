import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { digestOf, hexOf, parseDigest, renderChecksums, shortDigest } from "../../src/governance/digest.ts";
import { bytes } from "./builders.ts";

const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

describe("digestOf", () => {
  test("gives the published SHA-256 test vector with its prefix", () => {
    expect(digestOf("abc")).toBe(`sha256:${ABC}`);
  });

  test("takes a string as UTF-8, so text and stored bytes have one digest", () => {
    expect(digestOf("é日🚀")).toBe(digestOf(bytes("é日🚀")));
  });
});

test("hexOf gives all 64 digits and shortDigest the first 12", () => {
  expect(hexOf(`sha256:${ABC}`)).toBe(ABC);
  expect(shortDigest(`sha256:${ABC}`)).toBe("ba7816bf8f01");
});

describe("parseDigest", () => {
  test("accepts the prefixed notation", () => {
    expect(parseDigest(`sha256:${ABC}`)).toBe(`sha256:${ABC}`);
  });

  test.each([
    ["bare hex, as the artifact upload answers (T8)", ABC],
    ["upper case", `sha256:${ABC.toUpperCase()}`],
    ["a digit too few", `sha256:${ABC.slice(1)}`],
    ["a digit too many", `sha256:${ABC}0`],
    ["another algorithm", `sha512:${ABC}`],
    ["something in front", ` sha256:${ABC}`],
    ["a line end after it", `sha256:${ABC}\n`],
    ["a letter that is no hex digit", `sha256:g${ABC.slice(1)}`],
    ["nothing", ""],
  ])("refuses %s", (_, text) => {
    expect(parseDigest(text)).toBeUndefined();
  });
});

describe("renderChecksums", () => {
  test("gives one line a file, sorted by name whatever the order of insertion", () => {
    const files = new Map([
      ["z", bytes("abc")],
      ["a", bytes("abc")],
      ["m", bytes("abc")],
    ]);
    expect(renderChecksums(files)).toBe(`${ABC}  a\n${ABC}  m\n${ABC}  z\n`);
  });

  test("is accepted by the real sha256sum, which notices a changed file", () => {
    const directory = mkdtempSync(path.join(tmpdir(), "checksums-"));
    try {
      const check = () =>
        execFileSync("sha256sum", ["-c", "sums"], { cwd: directory, encoding: "utf8", stdio: "pipe" });
      writeFileSync(path.join(directory, "plan.json"), "{}\n");
      writeFileSync(path.join(directory, "sums"), renderChecksums(new Map([["plan.json", bytes("{}\n")]])));
      expect(check()).toBe("plan.json: OK\n");
      writeFileSync(path.join(directory, "plan.json"), "{ }\n");
      expect(check).toThrow(/did NOT match/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
