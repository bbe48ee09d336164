import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redact } from "../../../src/adapters/codex/redaction.ts";
import { SECRETS } from "./secrets.ts";

/** Every way to write a text so that it reads, or is decoded, as a secret, without the secret's own characters in a row. */
const SPLITS: readonly (readonly [string, (secret: string, at: number) => string])[] = [
  ["a colour", (secret, at) => `${secret.slice(0, at)}\u001b[1;31m${secret.slice(at)}\u001b[0m`],
  ["a colour for each character", (secret) => [...secret].map((one) => `\u001b[38;5;1m${one}`).join("")],
  ["a colour of one byte", (secret, at) => `${secret.slice(0, at)}\u009b31m${secret.slice(at)}`],
  ["a window title", (secret, at) => `${secret.slice(0, at)}\u001b]0;title\u0007${secret.slice(at)}`],
  ["a character set's choice", (secret, at) => `${secret.slice(0, at)}\u001b(B${secret.slice(at)}`],
  ["a colour that JSON escapes", (secret, at) => `${secret.slice(0, at)}\\u001b[31m${secret.slice(at)}`],
  ["a zero-width space", (secret, at) => `${secret.slice(0, at)}\u200b${secret.slice(at)}`],
  ["a line break", (secret, at) => `${secret.slice(0, at)}\n${secret.slice(at)}`],
  ["a line break of two characters", (secret, at) => `${secret.slice(0, at)}\r\n${secret.slice(at)}`],
  ["a line break that JSON escapes", (secret, at) => `${secret.slice(0, at)}\\n${secret.slice(at)}`],
  ["a line break that JSON in JSON escapes", (secret, at) => `${secret.slice(0, at)}\\\\n${secret.slice(at)}`],
  ["a JSON escape", (secret, at) => escapeAt(secret, at, "\\u")],
  ["a JSON escape in JSON", (secret, at) => escapeAt(secret, at, "\\\\u")],
  [
    "JSON escapes throughout",
    (secret) => [...secret].map((_, at) => escapeAt(secret, at, "\\u").slice(at, at + 6)).join(""),
  ],
  ["escaped slashes", (secret) => secret.replaceAll("/", "\\/")],
];

function escapeAt(secret: string, at: number, mark: string): string {
  const code = secret.charCodeAt(at).toString(16).padStart(4, "0");
  return `${secret.slice(0, at)}${mark}${code}${secret.slice(at + 1)}`;
}

const ESC = "\u001b";
const BEL = "\u0007";

/** What is left of a text for somebody who takes all escapes, colours and line breaks out of it. */
function readable(text: string): string {
  return text
    .replace(/\\+u([0-9a-f]{4})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\+[nr]/g, "")
    .replace(/\\+\//g, "/")
    .replace(
      new RegExp(String.raw`${ESC}\][^${BEL}]*${BEL}|(?:${ESC}\[|\u009b)[\d;]*m|${ESC}\(B|[\u200b\r\n]`, "g"),
      "",
    );
}

/** A block without an end takes the rest of the text with it; the others must leave it. */
const WHOLE = SECRETS.filter(({ kind }) => kind !== "key block without an end");

const OWN = "my-own-key-0123456789";

describe.each(SPLITS)("a secret that is split by %s", (_name, split) => {
  it.each(WHOLE)("is removed: $kind", ({ text }) => {
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), (at) => {
        const shown = readable(redact(`before ${split(text, at)} after`));
        // A few characters on a line of their own may be a word; eight may not.
        expect(shown).toMatch(/^before \[redacted:[a-z-]+\]\S{0,7} after$/);
      }),
      { numRuns: 20 },
    );
  });

  it("is removed when it is the run's own", () => {
    fc.assert(
      fc.property(fc.nat({ max: OWN.length - 1 }), (at) => {
        const shown = redact(`before ${split(OWN, at)} after`, [OWN]);
        expect(readable(shown)).toBe("before [redacted:secret] after");
      }),
      { numRuns: 20 },
    );
  });
});

describe("a text with escapes, colours and line breaks", () => {
  it("stays as it is, byte for byte, when there is no secret in it", () => {
    const text =
      'C:\\users\\new\\table "\\u00e9" \u001b[31mred\u001b[0m {"a":"b\\nc\\/d"}\r\n\tsk-\nlearn docs/sk-learn-for-beginners.md';
    expect(redact(text, [OWN])).toBe(text);
  });

  it("keeps what stands around the secret", () => {
    const { text } = SECRETS[1] as (typeof SECRETS)[number];
    expect(redact(`\u001b[1ma\\n"${text}"\u001b[0m\n\\u0041`)).toBe(
      '\u001b[1ma\\n"[redacted:github-token]"\u001b[0m\n\\u0041',
    );
  });
});

describe("a secret that is not split", () => {
  const piece = fc.constantFrom(
    "\u001b",
    "\u001b[",
    "\u001b]",
    "\u001b(",
    "\u009b",
    "\\",
    "\\u00",
    "\\x",
    "\n",
    "\u200b",
    "0",
    "m",
    " ",
    '"',
  );
  const around = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));

  it.each(SECRETS)("is removed whatever stands around it: $kind", ({ text }) => {
    fc.assert(
      fc.property(around, around, (before, after) => {
        // What stands in front of a key may make it a part of a word.
        const isPartOfWord = /[a-z0-9]$/.test(before) && /^(?:sk-|eyJ)/.test(text);
        fc.pre(!isPartOfWord);
        expect(redact(`${before}${text}${after}`, [OWN])).not.toContain(text);
        expect(redact(`${before}${OWN}${after}`, [OWN])).not.toContain(OWN);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ["a colour", "\u001b[0m"],
    ["a line break that JSON escapes", "\\n"],
    ["a word and a NUL", "PATH=/bin\0"],
  ])("is removed right behind %s", (_name, before) => {
    for (const { text } of SECRETS) expect(redact(before + text)).toMatch(/\[redacted:[a-z-]+\]$/);
  });
});

describe("a secret of which only the end is there", () => {
  it("is removed when it is a key block whose beginning was cut off", () => {
    const body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gt\n".repeat(20);
    for (const text of [body, body.replaceAll("\n", "\\n")]) {
      expect(redact(`${text}-----END OPENSSH PRIVATE KEY-----\nafter`)).toBe("[redacted:pem]\nafter");
    }
  });
});

describe("the time that a hostile text costs", () => {
  it.each([
    ["beginnings of keys", "sk-".repeat(20_000)],
    ["beginnings of tokens", "ghp_\\u00".repeat(8_000)],
    ["beginnings of blocks", "-----BEGIN A-----".repeat(4_000)],
    ["ends of blocks", "AAAA\n-----END A-----".repeat(4_000)],
    ["beginnings of colours", "\u001b[".repeat(30_000)],
    ["beginnings of titles", "\u001b]0;".repeat(15_000)],
    ["back-slashes", "\\".repeat(64_000)],
    ["headers of web tokens", "eyJabcdef.".repeat(6_000)],
    ["blank lines", "\r\n".repeat(32_000)],
  ])("stays small: %s", (_name, text) => {
    // A search that grows with the square would take minutes and run into the test's own limit.
    for (let round = 0; round < 20; round += 1) redact(text, [OWN]);
    expect(redact("clean")).toBe("clean");
  });
});
