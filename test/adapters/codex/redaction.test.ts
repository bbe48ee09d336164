import fc from "fast-check";
import { expect, it } from "vitest";
import { redact } from "../../../src/adapters/codex/redaction.ts";
import { RunLog } from "../../../src/adapters/codex/run-log.ts";
import { textOf } from "./bench.ts";
import { SECRETS } from "./secrets.ts";

it.each(SECRETS)("removes a secret by its look: $kind", ({ text }) => {
  const clean = redact(`before ${text}`);
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
  log.record("item", { deep: { list: ["my-own-key", SECRETS.at(-2)?.text, "x".repeat(100_000)] }, "my-own-key": 1 });
  const text = textOf(log.bytes());
  expect(text).not.toContain("my-own-key");
  expect(text).not.toContain("b3BlbnNzaC1rZXk");
  expect(JSON.parse(text).deep.list[2]).toHaveLength(8 * 1024 + 1);
});

it("shows no half of a secret where a long text is cut", () => {
  const log = new RunLog([]);
  const [token, block] = [SECRETS[1]?.text ?? "", SECRETS.at(-2)?.text ?? ""];
  for (let at = 65_536 - 45; at <= 65_536; at += 1) {
    // The blocks become short, so that the end of what is looked at is shown.
    const blocks = `${block}\n`.repeat(Math.floor(65_000 / (block.length + 1)));
    const text = `${blocks.padEnd(at)}${token} ${"x".repeat(2_000)}`;
    expect(log.text(text, 65_536)).not.toContain(token.slice(0, 8));
    expect(log.end(token.slice(65_536 - at) + "x".repeat(2_000), false)).not.toContain(token.slice(-8));
  }
});

it("shows an output's end as it is when nothing is missing", () => {
  expect(new RunLog([]).end("all of it", true)).toBe("all of it");
});

it("ends a log that became too large with one record that says so", () => {
  const log = new RunLog([]);
  for (let index = 0; index < 2_000; index += 1) log.record("item", { text: "x".repeat(8_000) });
  const bytes = log.bytes();
  expect(bytes.length).toBeLessThanOrEqual(8 * 1024 * 1024 + 100);
  expect(textOf(bytes).trimEnd().split("\n").at(-1)).toBe('{"event":"truncated","limitBytes":8388608}');
});

it("reads a row of beginnings once, not once for each of them", () => {
  // Read again from each beginning, this takes longer than any test may.
  const row = "\u200beyJ".repeat(200_000);
  expect(redact(row)).toBe(row);
  const token = `eyJhbGciOiJIUzI1NiJ9.${"a".repeat(20)}.c`;
  expect(redact(`${row}\n${token}`)).not.toContain("a".repeat(20));
});
