import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { redact } from "../../src/adapters/codex/redaction.ts";

const linesOf = (name: string): readonly string[] =>
  readFileSync(new URL(`ordinary/${name}.txt`, import.meta.url), "utf8")
    .trimEnd()
    .split("\n");

/** A job's token and key, and an input that is an ordinary word of 20 letters. */
const OWN = ["ghs_q7RtB2mXw9LkZ4vN8sYc1HdG5pJa3TfW6eUo", "qwfpgjluyarstdhneioz"];

/** Names that were once taken for keys, and what they are like. */
const LOOKALIKES = [
  "i18n/sk-SK-translations-v1.json",
  "i18n/sk-SK-4f3a9c2b1d0e5f67a8b9c0d1.js",
  "locale/hsb-DE.json",
  "sk-learn/sk-learn-v2-for-beginners-2024-Edition.md",
  "task-0a1b2c3d4e5f60718293a4b5c6d7e8f901234567.log",
  "risk-assessment-and-mitigation-plan-2026-Q4.md",
  "desk-lamp-LED-12W-EU-v2.jpg",
  "task-V1StGXR8_Z5jdHi6B-myT",
  "mask-01HZX3QK7V9W2N4M6P8R0T1Y3B",
  "sk-proj-planning-2026-Q3-Notes-Final.md",
  "class ASIAPACIFICREGIONALHQ extends AKIANotAKeyAtAll {}",
  "ghp_short gho_not_a_token_but_a_name hf_hub_download_with_retries_and_cache",
  "npm_config_user_agent=npm/11.0.0 npm_lifecycle_script npm_package_devDependencies_typescript",
  "gsk_model_garden_pipeline_for_everybody_2026 pplx-online-large-model",
  "https://user:password@example.com postgres://postgres:postgres@localhost:5432/app https://x:$TOKEN@host",
  "Authorization: Bearer <token>, Authorization: Bearer $TOKEN, Authorization: token ***",
  "//npm.example.com/:_authToken=$NODE_AUTH_TOKEN",
  "git@github.com:acme/shop.git ssh://git@host:22/x http://[::1]:8080/@scope/name@1.2.3",
  "-----BEGIN CERTIFICATE-----",
  "-----BEGIN PUBLIC KEY-----",
  "SKU12345678901234567890123456789012 SK0 AC0123456789abcdef0123456789abcdef",
  "3f2504e0-4f89-11d3-9a0c-0305e82c3301 sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];

describe("ordinary text is left as it is", () => {
  test.each(["file-names", "log-lines"])("2,500 %s, each by itself", (name) => {
    const lines = linesOf(name);
    expect(lines).toHaveLength(2_500);
    expect(lines.flatMap((line) => (redact(line, OWN) === line ? [] : [redact(line, OWN)]))).toEqual([]);
  });

  test.each(["file-names", "log-lines"])("%s as one text, and as JSON", (name) => {
    const text = linesOf(name).join("\n");
    expect(redact(text, OWN)).toBe(text);
    const json = JSON.stringify({ log: text });
    expect(redact(json, OWN)).toBe(json);
  });

  test.each(LOOKALIKES)("%s", (line) => {
    expect(redact(line, OWN)).toBe(line);
  });
});
