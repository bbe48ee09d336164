import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attestedOf, PREDICATE_TYPE } from "../../src/governance/attestation.ts";
import { digestOf } from "../../src/governance/digest.ts";
import { IntegrityError } from "../../src/governance/errors.ts";
import { compareAttestations, readAttestations, STATEMENT_TYPE, subjectsOf } from "../../src/governance/statement.ts";
import { bundleOf, type Story } from "./audit-bundles.ts";
import { type Bundle, errorOf } from "./builders.ts";

const ARTIFACT = { id: 1001, digest: digestOf("zip") };
const EXECUTED = bundleOf();

/** What is tried is of every shape. */
type Loose = ReturnType<typeof JSON.parse>;

/** The statement that the action signs of a bundle. */
function statementOf(bundle: Bundle = EXECUTED): Loose {
  const attested = attestedOf(bundle, ARTIFACT);
  if (attested === undefined) throw new Error("Expected an execution.");
  return {
    _type: STATEMENT_TYPE,
    subject: subjectsOf(attested),
    predicateType: PREDICATE_TYPE,
    predicate: structuredClone(attested.predicate),
  };
}

function carried(statement: unknown, envelope: object = {}): string {
  const payload = Buffer.from(typeof statement === "string" ? statement : JSON.stringify(statement)).toString("base64");
  const dsseEnvelope = {
    payload,
    payloadType: "application/vnd.in-toto+json",
    signatures: [{ sig: "AA==" }],
    ...envelope,
  };
  return JSON.stringify({
    mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
    verificationMaterial: {},
    dsseEnvelope,
  });
}

const compare = (text: string, bundle = EXECUTED, archive?: Loose) =>
  compareAttestations(bundle, readAttestations(text), archive);
const findingOf = (text: string, bundle?: Bundle, archive?: Loose): Loose =>
  (compare(text, bundle, archive) as Loose).finding;

/** A statement that says something else. */
function altered(change: (statement: Loose) => void): string {
  const statement = statementOf();
  change(statement);
  return carried(statement);
}

describe("an attestation of the very bundle", () => {
  test("matches, and gives back the Sigstore bundle for whoever proves signatures", () => {
    const text = carried(statementOf());
    expect(compare(text)).toEqual({ matching: [{ bundle: JSON.parse(text), predicate: statementOf().predicate }] });
  });

  test("matches as one of many lines, among other types, others of our type, and blank lines", () => {
    const other = carried({ ...statementOf(), predicateType: "https://slsa.dev/provenance/v1", predicate: {} });
    const earlier = carried(statementOf(bundleOf({ entries: { execute: { runId: 4 } } })));
    const text = [other, "", earlier, carried(statementOf()), carried(statementOf()), ""].join("\n");
    expect((compare(text) as Loose).matching).toHaveLength(2);
  });

  test("matches among a thousand without the bundle being proved a thousand times", { timeout: 20_000 }, () => {
    const large = bundleOf({ files: { "run-log.jsonl": " ".repeat(10_000_000) } });
    const ofAnotherZip = (id: number) => {
      const statement = statementOf(EXECUTED);
      statement.predicate.evidence.artifactId = id;
      return carried(statement);
    };
    const others = Array.from({ length: 999 }, (_, index) => ofAnotherZip(index + 1));
    expect((compare([...others, carried(statementOf(large))].join("\n"), large) as Loose).matching).toHaveLength(1);
  });

  test("matches when it is printed over many lines, and with fields that in-toto may add", () => {
    expect(compare(JSON.stringify(JSON.parse(carried(statementOf())), undefined, 2))).toHaveProperty("matching");
    expect(compare(altered((statement) => Object.assign(statement, { annotations: 1 })))).toHaveProperty("matching");
  });

  test("matches with the digest of the zip only where the zip is that of the artifact", () => {
    expect(compare(carried(statementOf()), EXECUTED, ARTIFACT.digest)).toHaveProperty("matching");
    expect(findingOf(carried(statementOf()), EXECUTED, digestOf("another"))).toEqual({
      code: "evidence_invalid",
      message: "The digest of the artifact's archive is another one.",
      expected: digestOf("another"),
      got: ARTIFACT.digest,
    });
  });
});

describe("an attestation that says something else", () => {
  test.each<[string, (statement: Loose) => void, string]>([
    [
      "the manifest's digest",
      (s) => (s.subject[0].digest.sha256 = "0".repeat(64)),
      "The digest of the subject evidence.sha256",
    ],
    ["the plan's digest", (s) => (s.subject[1].digest.sha256 = "0".repeat(64)), "The digest of the subject plan.json"],
    ["a subject less", (s) => s.subject.pop(), "The digest of the subject plan.json"],
    [
      "a digest of another kind",
      (s) => (s.subject[0].digest = { sha1: "0" }),
      "The digest of the subject evidence.sha256",
    ],
    [
      "the approver",
      (s) => (s.predicate.approval.approver.login = "mallory"),
      "The predicate's `approval.approver.login`",
    ],
    ["the commit", (s) => (s.predicate.commit.sha = "d".repeat(40)), "The predicate's `commit.sha`"],
    ["four eyes", (s) => (s.predicate.approval.isFourEyes = false), "The predicate's `approval.isFourEyes`"],
    ["the pull request", (s) => (s.predicate.pullRequest = 8), "The predicate's `pullRequest`"],
    ["gates", (s) => (s.predicate.gates = { passed: ["security"], decision: null }), "The predicate's `gates`"],
  ])("is found out by its first difference: %s", (_, change, what) => {
    const finding = findingOf(altered(change));
    expect(finding).toMatchObject({ code: "evidence_invalid", message: `${what} is another one.` });
    expect(finding.expected).not.toBe(finding.got);
  });

  test.each<[string, (statement: Loose) => void]>([
    ["an additional field", (s) => (s.predicate.commit.note = "x")],
    ["a field less", (s) => delete s.predicate.commit.sha],
    ["a number for a text", (s) => (s.predicate.commit.sha = 7)],
    ["no predicate", (s) => (s.predicate = null)],
    ["fields by their paths", (s) => Object.assign(s.predicate, { "commit.sha": "x" })],
  ])("is refused when the predicate is not of its type: %s", (_, change) => {
    expect(findingOf(altered(change))).toMatchObject({
      message: "The predicate is not of its type.",
      expected: PREDICATE_TYPE,
    });
  });

  test("is found out in every single text and number of the predicate", () => {
    const paths: string[][] = [];
    const collect = (value: Loose, path: string[]): void => {
      if (typeof value === "object" && value !== null)
        for (const key of Object.keys(value)) collect(value[key], [...path, key]);
      // Where the bundle was stored it cannot know itself; with the zip the digest is proved, above.
      else if (path[0] !== "evidence" || path[1] === "journalHead") paths.push(path);
    };
    collect(statementOf().predicate, []);
    expect(paths.length).toBeGreaterThan(25);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.nat(), (path, at) => {
        const text = altered(({ predicate }) => {
          const parent = path.slice(0, -1).reduce((object, key) => object[key], predicate);
          const key = path.at(-1) ?? "";
          const value = parent[key];
          if (typeof value === "number") parent[key] = value + 1;
          else if (typeof value === "boolean") parent[key] = !value;
          else if (value === null) parent[key] = key === "strategy" ? "run" : { passed: [], decision: null };
          else
            parent[key] =
              value.slice(0, at % value.length) +
              (value[at % value.length] === "1" ? "2" : "1") +
              value.slice((at % value.length) + 1);
        });
        expect(compare(text)).toHaveProperty("finding");
      }),
      { numRuns: 300 },
    );
  });

  test("of another execution is compared with the one about these files where there is one", () => {
    const other = carried(statementOf(bundleOf({ entries: { execute: { runId: 4 } } })));
    const near = altered((statement) => (statement.predicate.pullRequest = 8));
    expect(findingOf([other, near].join("\n"))).toMatchObject({
      message: "The predicate's `pullRequest` is another one.",
    });
    expect(findingOf(other)).toMatchObject({ message: "The digest of the subject evidence.sha256 is another one." });
  });

  test("of another type is none of ours, and the types that are there are named", () => {
    const other = carried({ ...statementOf(), predicateType: "https://slsa.dev/provenance/v1" });
    expect(findingOf([other, other].join("\n"))).toEqual({
      code: "evidence_invalid",
      message: "No attestation is of this action's predicate type.",
      expected: PREDICATE_TYPE,
      got: "https://slsa.dev/provenance/v1",
    });
  });

  test("that are none at all are told as nothing", () => {
    expect(findingOf("")).toMatchObject({ expected: PREDICATE_TYPE, got: "nothing" });
  });

  test.each<Story>([{ until: "plan" }, { until: "approve" }, { until: "commit" }])(
    "of a bundle without an execution: %j",
    (story) => {
      expect(findingOf(carried(statementOf()), bundleOf(story))).toMatchObject({
        message: "The bundle tells of no execution.",
      });
    },
  );

  test("repeats no more than a little of what it says", () => {
    const long = altered((statement) => (statement.subject[0].digest.sha256 = "x".repeat(10_000)));
    expect(findingOf(long).got.length).toBeLessThan(250);
    expect(findingOf(altered((s) => (s.predicateType = "y".repeat(10_000)))).got.length).toBeLessThan(250);
  });
});

describe("what is no attestation", () => {
  test.each<[string, string]>([
    ["nothing that is JSON", "attested"],
    ["half a bundle", carried(statementOf()).slice(0, -10)],
    ["a JSON text without an envelope", "{}"],
    ["a list", `[${carried(statementOf())}]`],
    ["a payload of another type", carried(statementOf(), { payloadType: "application/json" })],
    ["a payload that is not base64", carried(statementOf(), { payload: "{}" })],
    ["a payload that is not JSON", carried("attested")],
    ["a payload of two lines", carried(`${JSON.stringify(statementOf())}\n{}`)],
    ["a payload that is no statement", carried({ subject: [] })],
    ["a statement of an older version", carried({ ...statementOf(), _type: "https://in-toto.io/Statement/v0.1" })],
    ["a statement without a predicate", carried({ ...statementOf(), predicate: undefined })],
    ["a statement without a subject", carried({ ...statementOf(), subject: [] })],
    ["more bundles than anybody has", "{}\n".repeat(1_001)],
  ])("is refused: %s", (_, text) => {
    const error = errorOf(() => readAttestations(text));
    expect(error).toBeInstanceOf(IntegrityError);
    expect(error).toMatchObject({
      code: "evidence_invalid",
      message: expect.stringMatching(/^The attestation cannot be read: expected .*, got /),
    });
  });

  test("never ends in another failure, whatever the text", () => {
    const something = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((text) => carried(text)),
    );
    fc.assert(
      fc.property(something, (text) => {
        try {
          compareAttestations(EXECUTED, readAttestations(text));
        } catch (error) {
          expect(error).toBeInstanceOf(IntegrityError);
        }
      }),
    );
  });
});
