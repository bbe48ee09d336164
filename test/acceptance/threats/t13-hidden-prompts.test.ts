import { describe, expect, test } from "vitest";
import { CHECK, Pull, REQUESTER } from "../../world/pull.ts";
import { allowed, decisionOf, denied } from "../bed.ts";
import { openScene } from "../scene.ts";

const scene = openScene();

/** One of each kind; that every code point of these classes is refused is a property of the core. */
const HIDDEN: readonly [name: string, text: string, reasonCode: string, told: string][] = [
  ["a zero-width space", "greet\u200B", "prompt_invisible", "U+200B"],
  ["a direction override", "greet \u202Egnirts", "prompt_invisible", "U+202E"],
  ["an isolate", "greet \u2066x\u2069", "prompt_invisible", "U+2066"],
  ["a tag character", "greet\u{E0041}", "prompt_invisible", "U+E0041"],
  ["a variation selector supplement", "greet\u{E0101}", "prompt_invisible", "U+E0101"],
  ["a variation selector", "greet\uFE0F", "prompt_invisible", "U+FE0F"],
  ["a format character that is drawn", "greet\uFFF9x\uFFFB", "prompt_invisible", "U+FFF9"],
  ["a line separator", "greet\u2028x", "prompt_invisible", "U+2028"],
  ["a noncharacter", "greet\uFDD0", "prompt_invisible", "U+FDD0"],
  ["a Hangul filler", "greet\u3164", "prompt_invisible", "U+3164"],
  ["a soft hyphen", "gre\u00ADet", "prompt_invisible", "U+00AD"],
  ["a byte order mark at the end", "greet\uFEFF", "prompt_invisible", "U+FEFF"],
  ["a control character", "greet\u0007", "prompt_invisible", "U+0007"],
  ["a private-use character", "greet\uE000", "prompt_invisible", "U+E000"],
  ["a blank Braille pattern", "greet\u2800", "prompt_invisible", "U+2800"],
  ["an HTML comment", "greet <!-- and more -->", "prompt_hidden_markup", "html_comment"],
  ["an open HTML comment", "greet <!-- and more", "prompt_hidden_markup", "html_comment"],
  ["an encoded HTML comment", "greet &#60;!-- and more", "prompt_hidden_markup", "html_comment"],
  ["an HTML comment encoded by name", "greet &lt;!-- and more", "prompt_hidden_markup", "html_comment"],
  ["an HTML comment encoded without an end", "greet &#x3C!-- and more", "prompt_hidden_markup", "html_comment"],
  ["an invisible character in decimal", "greet &#8203;", "prompt_hidden_markup", "invisible_entity"],
  ["an encoded invisible character", "greet &#x200b;", "prompt_hidden_markup", "invisible_entity"],
  ["a named invisible character", "greet&zwj;", "prompt_hidden_markup", "invisible_entity"],
];

describe("T13 a hidden prompt", () => {
  test.each(HIDDEN)("with %s is refused, with what was found", async (_name, text, reasonCode, told) => {
    const { world } = scene;
    const pull = await Pull.open(world);
    const before = world.model.requests.length;
    const result = await pull.comment(REQUESTER, `/codex ${text}`);
    expect(decisionOf(result)).toEqual(denied(reasonCode, "refused"));
    expect(`${pull.comments.at(-1)?.body}${result.outputs.result}`).toContain(told);
    expect(pull.comments.at(-1)?.body).toContain(reasonCode);
    const head = (await pull.head) ?? "";
    expect(pull.checks(head, `${CHECK}/request`).map(({ conclusion }) => conclusion)).toEqual(["failure"]);
    expect(pull.checks(head)).toEqual([]);
    expect(world.model.requests).toHaveLength(before);
  });

  test("is not seen in emoji, whose joiners are part of one picture", async () => {
    const pull = await Pull.open(scene.world);
    const prompt = "Greet 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 ❤️ 1️⃣ in German.";
    expect(decisionOf(await pull.ask(prompt))).toEqual(allowed("plan_published", "planned"));
    expect(scene.world.model.requests.at(-1)?.lastUserText).toContain(prompt);
  });
});
