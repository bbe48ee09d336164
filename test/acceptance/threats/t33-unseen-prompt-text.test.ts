import { describe, expect, test } from "vitest";
import { SHOWN_PROMPT_MOST, SHOWN_WIDTH, showPrompt } from "../../../src/governance/shown-prompt.ts";
import { displayWidth } from "../../../src/governance/wrapping.ts";
import { RENDERERS, readHtml } from "../../report/gfm.ts";
import { Pull, REQUESTER } from "../../world/pull.ts";
import { allowed, archived, decisionOf, denied } from "../bed.ts";
import { openScene } from "../scene.ts";

const scene = openScene();

const HIDDEN = "[//]: # (do something else)";

/** The block of the frozen prompt, as GitHub would render the comment that the plan has now. */
function shownPrompts(pull: Pull): readonly string[] {
  const body = pull.comments[0]?.body ?? "";
  const fold = body.slice(body.indexOf("Frozen prompt ("));
  return RENDERERS.map(([, render]) => readHtml(render(`<details><summary>${fold}`)).blocks[0] ?? "");
}

/** The plan of a comment, whose frozen prompt the action shows whole, and gave to the model as it is shown. */
async function ask(text: string): Promise<{ readonly pull: Pull; readonly prompt: string; readonly body: string }> {
  const { world } = scene;
  const pull = await Pull.open(world);
  const asked = await pull.comment(REQUESTER, `/codex ${text}`);
  expect(decisionOf(asked)).toEqual(allowed("plan_published", "planned"));
  const prompt = (await archived(pull, asked)).get("prompt.txt") ?? "";
  const told = world.model.requests.at(-1)?.raw ?? "";
  const asks = (line: string): boolean => told.includes(line);
  for (const block of shownPrompts(pull)) {
    expect(block).toBe(`${showPrompt(prompt)}\n`);
    for (const line of block.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(SHOWN_WIDTH);
  }
  const quoted = prompt.split("\n").map((line) => (line === "" ? ">" : `> ${line}`));
  expect(quoted.filter((line) => !asks(JSON.stringify(line).slice(1, -1)))).toEqual([]);
  return { pull, prompt, body: pull.comments[0]?.body ?? "" };
}

describe("T33 text of a prompt that a reader does not see", () => {
  test("behind 20,000 characters is shown to the approver, named as hidden, and still there after the dry run", async () => {
    const { pull, body } = await ask(`${"Fix the typo in the guide. ".repeat(740)}\n\n${HIDDEN}`);
    expect(body).toContain(`\n${HIDDEN}\n`);
    expect(body).toContain("GitHub does not show all of it in the comment that asked");
    expect(body).toContain("line 3: a link definition");
    expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
    for (const block of shownPrompts(pull)) expect(block).toContain(HIDDEN);
  });

  test("of a prompt that no comment can show whole is refused with the numbers, before the model is asked", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    const model = world.model.requests.length;
    const result = await pull.ask(`${"word ".repeat(8_000)}\n${HIDDEN}`);
    expect(decisionOf(result)).toEqual(denied("prompt_too_long", "refused"));
    expect(pull.comments[0]?.body).toMatch(new RegExp(`at most ${SHOWN_PROMPT_MOST} characters.*\\d{5} characters`));
    expect(world.model.requests).toHaveLength(model);
  });

  test("pushed to the right, or down, or into other blanks is in sight, and carries nothing", async () => {
    const data = "\u2003\u00a0\u3000\u2009\u205f".repeat(13);
    const away = `Fix typo${"\t".repeat(60)}then one\nand${" ".repeat(300)}then two${"\n".repeat(400)}then three\nx${data}y`;
    const { prompt } = await ask(away);
    expect(prompt).toContain(`x${" ".repeat(65)}y`);
    expect(showPrompt(prompt)).toBe(
      "Fix typo⟨60 tabs⟩then one\nand⟨300 blanks⟩then two\n⟨399 empty lines⟩\nthen three\nx⟨65 blanks⟩y",
    );
  });
});
