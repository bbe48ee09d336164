import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { applyPatch, message, shell } from "../../world/model.ts";
import { Pull } from "../../world/pull.ts";
import type { StepResult } from "../../world/runner.ts";
import { create, decisionOf, denied, greet, planOf, steps } from "../bed.ts";
import { openScene, planned } from "../scene.ts";

const scene = openScene();
const COMMANDS = [
  "::add-mask::x",
  "::error file=a,line=1::gotcha",
  "::set-output name=decision::allow",
  "##[error]gotcha",
  "::stop-commands::x",
];

/** Lines that the runner would obey, of which it finds the old form anywhere: outside of the stretches in which its commands are switched off. */
function obeyed({ log }: StepResult): readonly string[] {
  let token: string | undefined;
  return log.split("\n").filter((line) => {
    if (token !== undefined) {
      if (line === `::${token}::`) token = undefined;
      return false;
    }
    token = /^::stop-commands::(.+)$/.exec(line)?.[1];
    return token === undefined && /^\s*::|##\[/.test(line);
  });
}

/** Commands of our own: the runner hides these (debug), masks a signature, or marks the step as failed. */
const OURS = /^::(?:debug::|add-mask::[A-Za-z0-9+/=%]{20,}$|error::[a-z_]+$)/;

describe("T12 the agent prints commands for the runner", () => {
  test("in a plan, a file name, a message or a command's output, and none is obeyed", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    const text = COMMANDS.join("\n");
    world.agent.plan = () => ({
      ...planOf([create("src/##[error]x.js")]),
      summary: text,
      risks: COMMANDS,
      verification: COMMANDS,
      rollback: text,
    });
    world.agent.change = steps(
      shell({ cmd: COMMANDS.map((line) => `echo '${line}'`).join("; ") }),
      applyPatch(["*** Add File: src/##[error]x.js", ...COMMANDS.map((line) => `+${line}`)]),
      message(text),
    );
    const results = [await pull.ask(text.replaceAll("\n", " ")), await pull.label(), await pull.execute()];
    expect(results.map(({ outputs }) => outputs["reason-code"])).toEqual([
      "plan_published",
      "plan_approved",
      "plan_executed",
    ]);
    for (const result of results) expect(obeyed(result).filter((line) => !OURS.test(line))).toEqual([]);
    // Nor could an output be smuggled in through its own value.
    expect(results.at(-1)?.outputs.decision).toBe("allow");
    const { outputs } = parse(await readFile("action.yml", "utf8")) as { outputs: Record<string, unknown> };
    expect(Object.keys(results.at(-1)?.outputs ?? {}).sort()).toEqual(Object.keys(outputs).sort());
  });

  test("in a refusal, and none is obeyed", async () => {
    const { world } = scene;
    const pull = await planned(world);
    world.agent.change = steps(greet(), applyPatch(["*** Add File: ::error::x", "+x"]));
    const result = await pull.label();
    expect(decisionOf(result)).toEqual(denied("parity_failed"));
    expect(obeyed(result).filter((line) => !OURS.test(line))).toEqual([]);
  });

  test("in a name so long that the log goes on in another line, and none is obeyed", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const name = `${"x".repeat(66)} ${COMMANDS.slice(0, 2).join(" ")} ##[error]gotcha`;
    world.agent.change = steps(greet(), applyPatch([`*** Add File: ${name}`, "+x"]));
    const result = await pull.label();
    expect(decisionOf(result)).toEqual(denied("parity_failed"));
    expect(result.log).toMatch(/^\W*::? ?:add-mask::x/m);
    expect(obeyed(result).filter((line) => !OURS.test(line))).toEqual([]);
  });

  test("through the model's service, and none is obeyed", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const message = ["It failed.", ...COMMANDS].join("\n");
    world.agent.change = () => ({ status: 400, body: { error: { message, type: "invalid_request_error" } } });
    const result = await pull.label();
    expect(decisionOf(result)).toEqual(denied("codex_request_refused"));
    expect(result.log).toContain("gotcha");
    expect(obeyed(result).filter((line) => !OURS.test(line))).toEqual([]);
  });
});
