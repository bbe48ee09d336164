import { describe, expect, test } from "vitest";
import { redact } from "../../src/adapters/codex/redaction.ts";
import { DRESSES } from "./dresses.ts";
import { type GeneratedSecret, generateSecrets, seededRandom } from "./generated-secrets.ts";
import { readBack } from "./readers.ts";

const SEED = 20_261_130;
const SECRETS = generateSecrets(500, SEED);
const OWN = SECRETS.filter(({ isOwn }) => isOwn).map(({ text }) => text);
/** A run of this length gives a part of a secret away. */
const SHOWN = 8;

/** The runs of the secret's own characters that somebody can read in a text. */
function shownOf({ variable }: GeneratedSecret, text: string): readonly string[] {
  const runs = new Set<string>();
  for (const line of [...variable.split("\n"), variable.replaceAll("\n", "")]) {
    for (let at = 0; at + SHOWN <= line.length; at += 1) runs.add(line.slice(at, at + SHOWN));
  }
  const texts = readBack(text);
  return [...runs].filter((run) => [...texts].some((one) => one.includes(run)));
}

describe.each(DRESSES)("a secret in $name", ({ put }) => {
  test("is shown by none of 500", () => {
    const random = seededRandom(SEED);
    const leaks = SECRETS.flatMap((secret) => {
      const start = secret.text.indexOf(secret.variable);
      const at = start + 1 + Math.floor(random() * (Math.min(secret.variable.length, 60) - 2));
      const dressed = put(secret.text, at);
      const shown = redact(dressed, OWN);
      const runs = shownOf(secret, shown);
      return runs.length === 0 ? [] : [`${secret.kind}: ${runs[0]} in ${shown.slice(0, 300)}`];
    });
    expect(leaks.slice(0, 12)).toEqual([]);
  });
});

test("the readers get every secret back from every dress, so that a leak would be seen", () => {
  const blind = DRESSES.flatMap(({ name, put }) =>
    SECRETS.slice(0, 47)
      .filter((secret) => shownOf(secret, put(secret.text, secret.text.indexOf(secret.variable) + 3)).length === 0)
      .map(({ kind }) => `${kind} in ${name}`),
  );
  expect(blind).toEqual([]);
});
