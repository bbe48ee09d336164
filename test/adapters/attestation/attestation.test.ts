import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PREDICATE_TYPE } from "../../../src/governance/attestation.ts";
import { digestOf } from "../../../src/governance/digest.ts";
import { type Outcome, outcome } from "../../../src/governance/outcome.ts";
import { compareAttestations, readAttestations } from "../../../src/governance/statement.ts";
import { bundleOf, type Story } from "../../governance/audit-bundles.ts";
import { actionsToken, type GitHubDouble, startGitHub } from "../../world/github/double.ts";
import { type BareRepository, createRepository } from "../../world/repository.ts";
import { type Sigstore, startSigstore } from "../../world/sigstore/double.ts";

const PROGRAM = fileURLToPath(new URL("attest-once.ts", import.meta.url));
const ROUTE = "POST /repos/{owner}/{repo}/attestations";
const TOKEN = "ghs_attesting";
const WITHOUT = "ghs_withoutPermission";
const ARTIFACT = { id: 1001, digest: digestOf("zip"), name: "codex-plan-pr7-executed" };

interface Result {
  readonly address?: string;
  readonly failure?: { readonly name: string; readonly code: string; readonly message: string };
  readonly log: readonly string[];
}

interface Choice {
  readonly story?: Story;
  readonly outcome?: Outcome;
  readonly token?: string;
  readonly serverUrl?: string;
  readonly isPublic?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly signingTimeoutMs?: number;
}

const directory = mkdtempSync(join(tmpdir(), "attestation-"));
let repository: BareRepository;
let github: GitHubDouble;
let sigstore: Sigstore;

beforeAll(async () => {
  repository = await createRepository({ directory: join(directory, "shop.git"), branch: "main", files: { a: "a" } });
  github = await startGitHub({
    git: repository,
    tokens: { [TOKEN]: actionsToken({ attestations: "write" }), [WITHOUT]: actionsToken({ contents: "write" }) },
  });
  sigstore = await startSigstore({ repositoryId: 11 });
});
beforeEach(() => {
  sigstore.calm();
  github.calm();
  github.state.attestations.length = 0;
});
afterAll(async () => {
  expect(github.violations).toEqual([]);
  await Promise.all([github.close(), sigstore.close()]);
  await repository.remove();
  rmSync(directory, { recursive: true });
});

/** What the adapter makes of a run, and everything that its process printed. */
async function attest(choice: Choice = {}): Promise<Result> {
  const evidence = Object.fromEntries(
    [...bundleOf(choice.story)].map(([name, bytes]) => [name, Buffer.from(bytes).toString("base64")]),
  );
  const run = {
    repository: "acme/shop",
    pullRequest: 7,
    runId: 3,
    runAttempt: 1,
    outcome: choice.outcome ?? outcome("plan_executed", "executed"),
    evidence,
    artifact: ARTIFACT,
  };
  const serverUrl = choice.serverUrl ?? "https://github.com";
  const options = {
    token: choice.token ?? TOKEN,
    apiUrl: github.url,
    owner: "acme",
    repo: "shop",
    serverUrl,
    retryBaseMs: 1,
    signingTimeoutMs: choice.signingTimeoutMs,
  };
  const event = join(directory, "event.json");
  writeFileSync(event, JSON.stringify({ repository: { visibility: choice.isPublic ? "public" : "private" } }));
  const env = {
    PATH: process.env.PATH ?? "",
    GITHUB_EVENT_PATH: event,
    GITHUB_API_URL: github.url,
    GITHUB_SERVER_URL: serverUrl,
    ...sigstore.environment,
    ...choice.environment,
  };
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [PROGRAM], { env }, (error, stdout, stderr) => {
      if (error) return reject(error);
      for (const secret of [...sigstore.secrets, TOKEN]) expect(`${stdout}${stderr}`).not.toContain(secret);
      resolve(JSON.parse(stdout));
    });
    child.stdin?.end(JSON.stringify({ run, options }));
  });
}

const storedBundles = () => github.state.attestations.map(({ bundle }) => JSON.stringify(bundle)).join("\n");

describe("the attestation of an execution", () => {
  test.each([
    [
      "a public repository is signed by Sigstore's public instance",
      true,
      ["fulcio.sigstore.dev", "rekor.sigstore.dev"],
    ],
    ["a private repository is signed by GitHub's own", false, ["fulcio.githubapp.com", "timestamp.githubapp.com"]],
  ])("of %s, and stored on GitHub under both digests", async (_, isPublic, hosts) => {
    const { address, log } = await attest({ isPublic });
    const [stored] = github.state.attestations;
    expect(address).toBe(`https://github.com/acme/shop/attestations/${stored?.id}`);
    expect(log).toEqual([`Attested: ${address}`]);
    expect(sigstore.requests.slice(1).map((request) => request.split(" ")[0])).toEqual(hosts);
    expect(sigstore.requests[0]).toBe("identity /token?api-version=2.0&audience=sigstore");
    const evidence = bundleOf();
    const digests = ["evidence.sha256", "plan.json"].map((name) => digestOf(evidence.get(name as "plan.json") ?? ""));
    expect(stored).toMatchObject({ predicateType: PREDICATE_TYPE, digests });
    expect(compareAttestations(evidence, readAttestations(storedBundles()), ARTIFACT.digest)).toHaveProperty(
      "matching",
    );
  });
});

describe("nothing is attested", () => {
  test.each<[string, Choice]>([
    ["a plan that was published", { outcome: outcome("plan_published", "planned"), story: { until: "plan" } }],
    ["a plan that was approved", { outcome: outcome("plan_approved", "approved"), story: { until: "approve" } }],
    ["an execution that was denied", { outcome: outcome("plan_drifted", "drifted"), story: { until: "approve" } }],
    ["an execution whose report failed", { outcome: outcome("github_unavailable", "executed") }],
  ])("of %s, and the log says so", async (_, choice) => {
    const before = github.requests.length;
    expect(await attest(choice)).toEqual({ log: ["Nothing is attested: this run executed no plan."] });
    expect(sigstore.requests).toEqual([]);
    expect(github.requests).toHaveLength(before);
  });

  test("when the bundle is not sound", async () => {
    const { failure } = await attest({ story: { entries: { execute: { at: "2026-11-10T12:00:00Z" } } } });
    expect(failure).toMatchObject({
      name: "IntegrityError",
      message: expect.stringContaining("Nothing is attested: "),
    });
    expect(sigstore.requests).toEqual([]);
  });
});

describe("a failure says what to do", () => {
  const remedy = "Nothing is attested of this run; see docs/attestation.md for what can be done by hand.";
  const failed = (message: string) => ({ name: "ExternalError", code: "attestation_failed", message });
  const answer = (statusCode: number, response = "", contentType = "application/json") => ({
    statusCode,
    response,
    contentType,
  });

  test("without the permission for an identity token, and asks nobody", async () => {
    const { failure, log } = await attest({ environment: { ACTIONS_ID_TOKEN_REQUEST_TOKEN: "" } });
    expect(failure).toEqual({
      name: "ConfigurationError",
      code: "configuration_invalid",
      message:
        "The job may not ask for an identity token: expected ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN, got no ACTIONS_ID_TOKEN_REQUEST_TOKEN. Give the job the permission `id-token: write`.",
    });
    expect(log).toEqual([]);
    expect(sigstore.requests).toEqual([]);
  });

  test("when another identity lies about, and does not sign as that", async () => {
    sigstore.secrets.push("eyJ-of-somebody-else");
    const { failure } = await attest({ environment: { SIGSTORE_ID_TOKEN: "eyJ-of-somebody-else" } });
    expect(failure).toMatchObject({
      name: "ConfigurationError",
      message: expect.stringContaining("SIGSTORE_ID_TOKEN"),
    });
    expect(sigstore.requests).toEqual([]);
  });

  test.each([
    ["no identity token", answer(500, "broken", "text/plain"), "GitHub gave the job no identity token"],
    [
      "an identity token that is none",
      answer(200, JSON.stringify({ value: "eyJhbGciOiJub25lIn0-secret" })),
      "GitHub's answer had no identity token that can be read",
    ],
  ])("when GitHub gives %s, without repeating it", async (_, given, message) => {
    sigstore.fault("identity", given);
    sigstore.secrets.push("eyJhbGciOiJub25lIn0-secret");
    expect((await attest()).failure).toEqual(failed(`${message}. ${remedy}`));
  });

  test.each([
    ["fulcio", "Sigstore's certificate authority gave no certificate", false],
    ["timestamp", "Sigstore's timestamp authority gave no timestamp", false],
    ["rekor", "Sigstore's transparency log did not take the entry", true],
  ] as const)("when %s refuses, with its status but without its words", async (part, message, isPublic) => {
    sigstore.fault(part, answer(403, JSON.stringify({ message: "::error::so sorry" })));
    expect((await attest({ isPublic })).failure).toEqual(failed(`${message} (it answered 403). ${remedy}`));
    expect(github.state.attestations).toEqual([]);
  });

  test("when nobody answers, after a bound", async () => {
    sigstore.fault("identity", "silence");
    const { failure } = await attest({ signingTimeoutMs: 500 });
    expect(failure).toEqual(failed(`Nothing was signed within 0.5 s. ${remedy}`));
  });

  test("when the token may not store it, and when GitHub offers no attestations", async () => {
    const refused = { name: "ConfigurationError", code: "configuration_invalid" };
    const forbidden = await attest({ token: WITHOUT });
    expect(forbidden.failure).toMatchObject({
      ...refused,
      message: expect.stringMatching(/^GitHub did not take the attestation \(403: .*`attestations: write`; a private/),
    });
    github.fault({ match: ({ operation }) => operation === ROUTE, fault: { kind: "status", status: 404 } });
    const missing = await attest();
    expect(missing.failure).toMatchObject({
      ...refused,
      message: expect.stringMatching(/\(404: .*Enterprise Cloud\.$/),
    });
  });

  test("but stores it with the second try when GitHub fails in passing", async () => {
    github.fault({ match: ({ operation }) => operation === ROUTE, fault: { kind: "status", status: 502 } });
    expect(await attest()).toHaveProperty("address");
    expect(github.state.attestations).toHaveLength(1);
  });
});
