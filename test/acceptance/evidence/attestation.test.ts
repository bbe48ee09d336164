import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PREDICATE_TYPE } from "../../../src/governance/attestation.ts";
import { readAttestations } from "../../../src/governance/statement.ts";
import { rememberMoment } from "../../world/moment.ts";
import { Pull } from "../../world/pull.ts";
import type { StepResult } from "../../world/runner.ts";
import { type Sigstore, startSigstore } from "../../world/sigstore/double.ts";
import { DEFAULT_PERMISSIONS, WORKFLOW, type World } from "../../world/world.ts";
import { allowed, behave, create, decisionOf, GREETING, openBed, planOf } from "../bed.ts";
import { everythingTold } from "../scene.ts";

const DIST = fileURLToPath(new URL("../../../dist/", import.meta.url));
const SIGNER = `acme/shop/${WORKFLOW}@refs/heads/main`;

/** Notes every module that the action loads. */
const RECORDER = `data:text/javascript,${encodeURIComponent(`
import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";
registerHooks({ load(url, context, next) { appendFileSync(process.env.LOADED, url + "\\n"); return next(url, context); } });
`)}`;

const directory = mkdtempSync(join(tmpdir(), "attested-"));
const file = (name: string) => join(directory, name);
let world: World;
let sigstore: Sigstore;
let pull: Pull;
let rewind: () => Promise<void>;

beforeAll(async () => {
  world = await openBed({ permissions: { ...DEFAULT_PERMISSIONS, attestations: "write" } });
  sigstore = await startSigstore({ workflow: SIGNER, repositoryId: world.github.state.repository.id });
  pull = await Pull.open(world);
  await pull.ask();
  expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
  rewind = await rememberMoment(world);
}, 120_000);
beforeEach(async () => {
  sigstore.calm();
  world.github.calm();
  behave(world);
  await rewind();
});
afterAll(async () => {
  expect(world.github.violations).toEqual([]);
  await Promise.all([world.close(), sigstore.close()]);
  rmSync(directory, { recursive: true });
});

interface Choice {
  readonly attest?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Mode execute, with everything around it that signing needs. No token for an identity is ever said. */
async function execute({ attest = "true", environment = {} }: Choice = {}): Promise<StepResult> {
  const result = await pull.execute({ inputs: { attest }, environment: { ...sigstore.environment, ...environment } });
  // What the runner is told to mask is not shown by it.
  const told = (await everythingTold(world, [result])).replace(/^::add-mask::.*$/gm, "");
  for (const secret of sigstore.secrets) expect(told).not.toContain(secret);
  return result;
}

/** The modules of dist that were loaded, by name. */
async function loadedBy(attest: string): Promise<ReadonlySet<string>> {
  const list = file(`loaded-${attest}`);
  writeFileSync(list, "");
  const environment = { NODE_OPTIONS: `--import ${RECORDER}`, LOADED: list };
  expect(decisionOf(await execute({ attest, environment }))).toEqual(allowed("plan_executed", "executed"));
  const urls = readFileSync(list, "utf8").split("\n");
  return new Set(urls.filter((url) => url.includes("/dist/")).map((url) => url.slice(url.indexOf("/dist/") + 6)));
}

interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line with no network at all: every address is a closed port's. */
function verify(...args: readonly string[]): Promise<Said> {
  const proxy = "http://127.0.0.1:9";
  const env = { PATH: process.env.PATH ?? "", https_proxy: proxy, http_proxy: proxy };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(DIST, "cli.js"), "verify", ...args],
      { env },
      (_, stdout, stderr) => {
        resolve({ code: child.exitCode, stdout, stderr });
      },
    );
  });
}

describe("with `attest: true`", () => {
  test("an execution is signed and stored, the output names it, and it proves the bundle offline", async () => {
    const executed = await execute();
    expect(decisionOf(executed)).toEqual(allowed("plan_executed", "executed"));
    const [stored] = world.github.state.attestations;
    expect(stored).toMatchObject({ predicateType: PREDICATE_TYPE });
    expect(executed.outputs["attestation-url"]).toMatch(new RegExp(`/acme/shop/attestations/${stored?.id}$`));
    expect(executed.log).toContain(`» Attested: ${executed.outputs["attestation-url"]}`);
    expect(executed.log).not.toContain("::warning");

    const [zip, attestation, roots] = [file("executed.zip"), file("attestation.jsonl"), file("roots.jsonl")];
    writeFileSync(zip, await world.artifacts.read(Number(executed.outputs["artifact-id"])));
    writeFileSync(attestation, `${JSON.stringify(stored?.bundle)}\n`);
    writeFileSync(roots, sigstore.trustedRoots);
    const [{ statement }] = readAttestations(readFileSync(attestation, "utf8")) as [
      ReturnType<typeof readAttestations>[0],
    ];
    expect(statement.predicate).toMatchObject({
      approval: { approver: { login: "grace" } },
      execution: { strategy: "run" },
      commit: { sha: executed.outputs["commit-sha"] },
      evidence: {
        artifactId: Number(executed.outputs["artifact-id"]),
        artifactDigest: executed.outputs["artifact-digest"],
      },
    });

    const unsigned = await verify(zip, "--attestation", attestation);
    expect(unsigned).toMatchObject({ code: 0, stderr: "" });
    expect(unsigned.stdout).toContain("  ok   the attestation says what this bundle says\n");
    expect(unsigned.stdout).toContain(
      "  –    its signature was not proved: gh attestation verify, or --trusted-root\n",
    );

    const proof = ["--attestation", attestation, "--trusted-root", roots];
    const signed = await verify(executed.outputs["evidence-directory"] ?? "", ...proof, "--signer-workflow", SIGNER);
    expect(signed).toMatchObject({ code: 0, stderr: "" });
    expect(signed.stdout).toContain(
      `its signature is valid, and of a workflow that may sign\n         https://github.com/${SIGNER}\n`,
    );
    for (const line of signed.stdout.split("\n"))
      if (!line.startsWith("/") && !line.includes("https://")) expect(line.length).toBeLessThanOrEqual(80);

    const json = JSON.parse((await verify(zip, ...proof, "--json")).stdout);
    expect(json.bundles[0].attestation).toEqual({
      content: "passed",
      signature: "passed",
      signer: `https://github.com/${SIGNER}`,
    });

    const foreign = await verify(zip, ...proof, "--signer-workflow", "acme/shop/.github/workflows/other.yml");
    expect(foreign.code).toBe(1);
    expect(foreign.stdout).toContain("  FAIL its signature is valid, and of a workflow that may sign\n");
    expect(foreign.stdout).toContain("NOT SOUND\n  The signer is another workflow.\n");

    writeFileSync(file("no-roots.jsonl"), "{}\n");
    const rootless = await verify(zip, "--attestation", attestation, "--trusted-root", file("no-roots.jsonl"));
    expect(rootless.code).toBe(1);
    expect(rootless.stdout).toContain("  ok   the attestation says what this bundle says\n");
    expect(rootless.stdout).toContain("NOT SOUND\n  The trusted roots cannot be read: ");

    const forged = structuredClone(stored?.bundle) as { dsseEnvelope: { payload: string } };
    const changed = { ...statement, predicate: { ...(statement.predicate as object), pullRequest: 99 } };
    forged.dsseEnvelope.payload = Buffer.from(JSON.stringify(changed)).toString("base64");
    writeFileSync(file("forged.json"), JSON.stringify(forged));
    const refused = await verify(zip, "--attestation", file("forged.json"), "--trusted-root", roots);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain("  FAIL the attestation says what this bundle says\n");
    expect(refused.stdout).toContain("The predicate's `pullRequest` is another one.\n");
  });

  test.each<[string, Choice, () => void, string]>([
    [
      "without the permission for an identity token",
      { environment: { ACTIONS_ID_TOKEN_REQUEST_URL: "", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "" } },
      () => undefined,
      "Give the job the permission `id-token: write`.",
    ],
    [
      "when Sigstore refuses",
      {},
      () => sigstore.fault("fulcio", { statusCode: 400, response: "no" }),
      "Sigstore's certificate authority gave no certificate (it answered 400).",
    ],
    [
      "when GitHub does not take it",
      {},
      () =>
        world.github.fault({
          match: ({ operation }) => operation === "POST /repos/{owner}/{repo}/attestations",
          fault: { kind: "status", status: 403, message: "Resource not accessible by integration" },
        }),
      "Give the job the permission `attestations: write`; a private repository needs GitHub Enterprise Cloud.",
    ],
  ])("the decision stands %s: a warning, and an empty output", async (_, choice, disturb, said) => {
    disturb();
    const executed = await execute(choice);
    expect(decisionOf(executed)).toEqual(allowed("plan_executed", "executed"));
    expect(executed.outputs["attestation-url"]).toBe("");
    const warnings = executed.log.split("\n").filter((line) => line.startsWith("::warning"));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^::warning::Attestation failed: .* What was decided stands; the evidence is on GitHub\.$/,
    );
    expect(warnings[0]).toContain(said);
    expect(await pull.head).toBe(executed.outputs["commit-sha"]);
    expect(world.github.state.attestations).toEqual([]);
  });

  test("a denial is not attested, and the log says so", async () => {
    world.agent.plan = () => planOf([GREETING, create("src/extra.js")]);
    const result = await execute();
    expect(result.outputs).toMatchObject({ "reason-code": "plan_drifted", "attestation-url": "" });
    expect(result.log).toContain("» Nothing is attested: this run executed no plan.");
    expect(sigstore.requests).toEqual([]);
  });
});

describe("without `attest`", () => {
  test("nothing of the signing library is loaded, which with it is", async () => {
    const chunks = readdirSync(join(DIST, "chunks"));
    const signing = chunks.filter((name) =>
      readFileSync(join(DIST, "chunks", name), "utf8").includes("fulcio.sigstore.dev"),
    );
    expect(signing).toHaveLength(1);
    const isSigning = (name: string) => signing.includes(name.replace("chunks/", ""));
    const on = await loadedBy("true");
    await rewind();
    const off = await loadedBy("false");
    expect([...on].filter(isSigning)).toHaveLength(1);
    expect([...off].filter(isSigning)).toEqual([]);
    expect(off.size).toBeGreaterThan(5);
    expect([...off].some((name) => name.includes("attestation"))).toBe(false);
  });

  test.each(["True", "yes", ""])("a value that is neither true nor false is refused: %j", async (attest) => {
    const result = await execute({ attest });
    expect(result.outputs["reason-code"]).toBe("configuration_invalid");
    expect(result.log).toContain("`attest`: must be `true` or `false`");
  });
});

describe("`verify` with wrong options for an attestation", () => {
  test.each([
    ["--trusted-root", "x", "--trusted-root needs --attestation."],
    ["--signer-workflow", SIGNER, "--signer-workflow needs --trusted-root."],
    ["--attestation", "/nowhere", "--attestation: expected a file"],
  ])("ends with 2 and says what is expected: %s", async (option, value, said) => {
    const bundle = mkdtempSync(join(directory, "bundle-"));
    writeFileSync(join(bundle, "journal.jsonl"), "");
    expect(await verify(bundle, option, value)).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
  });
});
