import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shell } from "../../world/model.ts";
import { Pull } from "../../world/pull.ts";
import type { StepResult } from "../../world/runner.ts";
import { allowed, decisionOf, greet, steps } from "../bed.ts";
import { everythingTold, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned"] });

const SECRETS = {
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  AWS_SESSION_TOKEN: "FwoGZXIvYXdzEBYaDexampleSessionTokenThatIsLong==",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token-for-an-identity-0001",
};
const directory = mkdtempSync(join(homedir(), ".cache", "export-"));
const FILE = join(directory, "web-identity");
const FILE_SECRET = "web-identity-token-in-a-file-0001";
beforeAll(() => writeFileSync(FILE, FILE_SECRET));
afterAll(() => rmSync(directory, { recursive: true }));

/** As `aws-actions/configure-aws-credentials` leaves it, and a bucket that nobody answers for. */
const nowhere = {
  environment: {
    ...SECRETS,
    AWS_ACCESS_KEY_ID: "ASIAIOSFODNN7EXAMPLE",
    AWS_REGION: "eu-central-1",
    AWS_WEB_IDENTITY_TOKEN_FILE: FILE,
  },
  inputs: { "s3-uri": "s3://evidence/codex", "s3-endpoint": "http://127.0.0.1:9" },
};

/** The log without the commands that tell the runner what to mask: the runner does not show them. */
const withoutMasks = (result: StepResult): StepResult => ({
  ...result,
  log: result.log.replace(/^::add-mask::.*$/gm, ""),
});

/** What an agent would look for. */
const COMMANDS = [
  "env; set; export -p",
  "cat /proc/self/environ /proc/1/environ /proc/*/environ | tr '\\0' '\\n'",
  `cat ${FILE}; cat $AWS_WEB_IDENTITY_TOKEN_FILE; find ${directory} | xargs cat`,
];

describe("an export that fails", () => {
  test("is a warning: what was decided, done and told stays, and the output is empty", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const results = [await pull.label("grace", nowhere), await pull.execute(nowhere)];
    expect(results.map(decisionOf)).toEqual([
      allowed("plan_approved", "approved"),
      allowed("plan_executed", "executed"),
    ]);
    for (const { log, outputs } of results) {
      expect(log).toMatch(
        /^::warning::Export to S3 failed: Writing s3:\/\/evidence\/codex\/bundles\/dt=.*ECONNREFUSED/m,
      );
      expect(log).toContain("What was decided stands; the evidence is on GitHub.");
      expect(outputs["export-uri"]).toBe("");
    }
  });

  test.each([
    [{ "s3-uri": "https://evidence" }, "`s3-uri`: must be s3://bucket/prefix"],
    [{ "s3-uri": "s3://evidence", "s3-endpoint": "http://store.example" }, "`s3-endpoint`: must be https"],
    [{ "s3-uri": "s3://evidence", "s3-region": "eu central" }, "`s3-region`: must be the name of a region"],
  ])("because of an input that is wrong is told before anything is done: %j", async (inputs, message) => {
    const pull = await Pull.open(scene.world);
    const result = await pull.ask("Change it.", { inputs });
    expect(decisionOf(result)).toMatchObject({ exitCode: 1, reasonCode: "configuration_invalid" });
    expect(result.log).toContain(message);
    expect(pull.comments).toEqual([]);
  });
});

describe("the credentials of an export", () => {
  test("are masked first, and reach neither Codex nor its commands nor anything that is told", async () => {
    const { world } = scene;
    const pull = await planned(world);
    world.agent.change = steps(...COMMANDS.map((cmd) => shell({ cmd })), greet());
    const results = [await pull.label("grace", nowhere), await pull.execute(nowhere)];
    expect(results.map((result) => decisionOf(result).reasonCode)).toEqual(["plan_approved", "plan_executed"]);
    for (const { log } of results) {
      for (const [index, value] of Object.values(SECRETS).entries())
        expect(log.split("\n")[index]).toBe(`::add-mask::${value}`);
    }
    // The commands really ran: the model was given what they printed.
    const last = world.model.requests.findLast(({ toolOutputs }) => toolOutputs.length > COMMANDS.length);
    expect(last?.toolOutputs[0]).toContain("PATH=");
    expect(last?.toolOutputs.join("\n")).not.toMatch(/^(?:AWS_|ACTIONS_)\w+=/m);
    const told = await everythingTold(world, results.map(withoutMasks));
    for (const secret of [...Object.values(SECRETS), FILE_SECRET]) expect(told).not.toContain(secret);
  });
});
