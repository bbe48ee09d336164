import fc from "fast-check";
import { expect, it } from "vitest";
import { redact } from "../../../src/adapters/codex/redaction.ts";
import { RunLog } from "../../../src/adapters/codex/run-log.ts";
import { textOf } from "./bench.ts";

const join = (...parts: string[]): string => parts.join("");

// Put together here, so that no scanner takes the test for a leak.
const SECRETS = [
  join("sk-", "proj-abcdEFGH1234_5678-abcd"),
  ...["ghp", "gho", "ghu", "ghs", "ghr"].map((kind) => join(kind, "_", "0123456789abcdefghijABCDEFGHIJ012345")),
  join("github_pat_", "11ABCDEFG0123456789_abcdefghijklmnop"),
  join("AKIA", "ABCDEFGHIJKLMNOP"),
  join("ASIA", "ABCDEFGHIJKLMNOP"),
  join("xox", "b-1234567890-abcdefghij"),
  join("xapp-", "1-A0123456789-abcdef"),
  join("eyJ", "hbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxMjM0In0.", "c2lnbmF0dXJlLWJ5dGVz"),
  join("-----BEGIN ", "OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nAAAA\n-----END OPENSSH PRIVATE KEY-----"),
  join("-----BEGIN ", "RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA and the end is cut off"),
];

it.each(SECRETS.map((secret) => [secret.slice(0, 14), secret]))("removes %s…", (_name, secret) => {
  const clean = redact(`before ${secret}`);
  expect(clean).toMatch(/^before \[redacted:[a-z-]+\]$/);
});

it("removes the given secrets wherever they stand", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      expect(redact(`${before}my-own-key${after}`, ["my-own-key"])).not.toContain("my-own-key");
    }),
  );
});

it("leaves ordinary text alone", () => {
  const text = "task-runner asks: skip the risk-assessment-of-everything? eyJ is no token, nor is ghp_short or AKIA.";
  expect(redact(text, ["", "ab"])).toBe(text);
});

it("keeps every line of the log valid JSON, redacted and cut", () => {
  const log = new RunLog(["my-own-key"]);
  log.record("item", { deep: { list: ["my-own-key", SECRETS.at(-2), "x".repeat(100_000)] }, "my-own-key": 1 });
  const text = textOf(log.bytes());
  expect(text).not.toContain("my-own-key");
  expect(text).not.toContain("b3BlbnNzaC1rZXk");
  expect(JSON.parse(text).deep.list[2]).toHaveLength(8 * 1024 + 1);
});

it("ends a log that became too large with one record that says so", () => {
  const log = new RunLog([]);
  for (let index = 0; index < 2_000; index += 1) log.record("item", { text: "x".repeat(8_000) });
  const bytes = log.bytes();
  expect(bytes.length).toBeLessThanOrEqual(8 * 1024 * 1024 + 100);
  expect(textOf(bytes).trimEnd().split("\n").at(-1)).toBe('{"event":"truncated","limitBytes":8388608}');
});
