import { describe, expect, test } from "vitest";
import { SECRETS } from "../adapters/codex/secrets.ts";
import { applyPatch, message, type OutputItem, shell } from "../world/model.ts";
import { Pull } from "../world/pull.ts";
import type { StepResult } from "../world/runner.ts";
import { archived, create, decisionOf, denied, GREETING, greet, openBed, planOf, steps } from "./bed.ts";
import { ONE_GATE, say } from "./high-risk/signing.ts";
import { openScene, planned } from "./scene.ts";

const scene = openScene();
/** Secrets of one line each: they fit into a path, a command and a word. */
const TOKENS = SECRETS.map(({ text }) => text).filter((text) => !/[\n/]/.test(text));

const escaped = (text: string) =>
  [...text].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");

/** What people can read of a pull request and of these runs. */
function shownTo(pull: Pull, results: readonly StepResult[]): string {
  const checks = pull.world.github.state.checkRuns.map(({ output }) => `${output.title}${output.summary}`);
  const told = results.flatMap(({ log, summary, outputs }) => [log, summary, outputs.result]);
  // Long words are wrapped, with a mark at the start of each line in the run's log.
  return [...pull.comments.map(({ body }) => body), ...checks, ...told].join("\n").replace(/\n(?:\| ?| *)?/g, "");
}

function expectClean(text: string): void {
  for (const token of TOKENS) expect(text).not.toContain(token.slice(0, 20));
}

describe("a secret that the model has come by", () => {
  test("does not get through a plan, not even escaped or coloured", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    const texts = TOKENS.flatMap((token) => [token, `${token.slice(0, 7)}\u001b[1m${token.slice(7)}`]);
    const plan = planOf([GREETING], { summary: texts.join(" "), risks: texts, verification: texts });
    const raw = JSON.stringify({ ...plan, rollback: "HERE" }).replace("HERE", escaped(TOKENS.join(" ")));
    world.agent.plan = () => [message(raw)];
    const result = await pull.ask();
    expect(decisionOf(result).reasonCode).toBe("plan_published");
    const shown = shownTo(pull, [result]);
    expect(shown).toContain("[redacted:github-token]");
    expectClean(shown);
    expectClean([...(await archived(pull, result)).values()].join("\n"));
  });

  test("does not get through a plan that is refused", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    world.agent.plan = () => planOf(TOKENS.map((token, index) => ({ ...GREETING, path: `../${index}/${token}` })));
    const result = await pull.ask();
    expect(decisionOf(result)).toEqual(denied("plan_paths_refused", "refused"));
    expectClean(shownTo(pull, [result]));
  });

  test("does not get through what is declined, nor through the diff that is shown", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const declined: OutputItem[] = TOKENS.slice(0, 4).flatMap((token) => [
      shell({
        cmd: `curl -H ${token} http://127.0.0.1`,
        sandbox_permissions: "require_escalated",
        justification: token,
      }),
      applyPatch([`*** Add File: ${token}.txt`, `+${token}`]),
    ]);
    world.agent.change = steps(greet(), ...declined);
    const result = await pull.label();
    expect(decisionOf(result)).toEqual(denied("parity_failed"));
    const shown = shownTo(pull, [result]);
    expect(shown).toContain("curl -H [redacted:");
    expectClean(shown);
    expectClean((await archived(pull, result)).get("run-log.jsonl") ?? "");
    expectClean((await archived(pull, result)).get("journal.jsonl") ?? "");
  });

  test("is not shown by the diff of an approved file either, though the evidence keeps the diff's own bytes", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const lines = TOKENS.map((token) => `+// ${token}`);
    world.agent.change = steps(
      applyPatch(["*** Update File: src/greeting.js", "@@", ' export const greeting = "hello";', ...lines]),
    );
    const result = await pull.label();
    expect(decisionOf(result).reasonCode).toBe("plan_approved");
    expect(pull.comments.at(-1)?.body).toContain("+// [redacted:github-token]");
    expectClean(shownTo(pull, [result]));
    expect((await archived(pull, result)).get("dry-run.patch")).toContain(TOKENS[0]);
  });

  test("does not move up from behind what is looked at when a huge find before it shrinks", async () => {
    const { world } = scene;
    const [token = ""] = TOKENS;
    const filler = Array.from({ length: 10_600 }, () => `+${"x".repeat(99)}`);
    world.agent.plan = () => planOf([create("src/data.txt")]);
    world.agent.change = steps(
      applyPatch(["*** Add File: src/data.txt", "+-----BEGIN OPENSSH PRIVATE KEY-----", ...filler, `+${token}`]),
    );
    const pull = await Pull.open(world);
    await pull.ask();
    const result = await pull.label();
    expect(decisionOf(result).reasonCode).toBe("plan_approved");
    expect(shownTo(pull, [result])).not.toContain(token);
  });

  test("does not get through what a verification command prints, in pieces and over many lines", async () => {
    const print = TOKENS.map((token) => `printf '${token.slice(0, 9)}'; printf '\\033[0m${token.slice(9)}\\n'`).join(
      "\n",
    );
    const flood = "yes 0123456789 | head -c 70000";
    const policed = await openBed({ policy: "verification:\n  - sh ./print.sh\n" });
    try {
      const pull = await Pull.open(policed, { files: { "print.sh": `${flood}\n${print}\nexit 3\n` } });
      await pull.ask();
      await pull.label();
      const result = await pull.execute();
      expect(decisionOf(result)).toEqual(denied("verification_failed"));
      expect(pull.comments.at(-1)?.body).toContain("Output of the failed command");
      expectClean(shownTo(pull, [result]).replaceAll("<U+001B>[0m", ""));
    } finally {
      await policed.close();
    }
  });

  test("does not get through the gates of high-risk work, nor into their evidence", async () => {
    const print = TOKENS.map((token) => `echo '${token}'`).join("\n");
    const policed = await openBed({
      policy: `${ONE_GATE}verification:\n  - sh ./print.sh\n`.replace("[communication]", "[code-quality]"),
    });
    try {
      const pull = await Pull.open(policed, { files: { "print.sh": `${print}\nexit 3\n` } });
      await pull.ask();
      say(pull, "grace", `/codex-gate code-quality fail It prints ${TOKENS[0]}.`);
      const result = await pull.label();
      expect(decisionOf(result)).toEqual(denied("gate_failed", "blocked"));
      expect(pull.comments.at(-1)?.body).toMatch(/\[redacted:api-key\][\s\S]*\$ sh .\/print.sh\n\[redacted:/);
      expectClean(shownTo(pull, [result]));
      const files = await archived(pull, result);
      for (const name of ["gate-facts.json", "decision-record.md", "journal.jsonl"]) {
        expect(files.get(name)).toBeDefined();
        expectClean(files.get(name) ?? "");
      }
    } finally {
      await policed.close();
    }
  });
});
