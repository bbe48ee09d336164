import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attestedOf, PREDICATE_TYPE } from "../../src/governance/attestation.ts";
import { digestOf } from "../../src/governance/digest.ts";
import { IntegrityError } from "../../src/governance/errors.ts";
import { journalPassedGates } from "../../src/governance/gates.ts";
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
    const text = [other, "", earlier, " \t", carried(statementOf()), "\r", carried(statementOf()), ""].join("\n");
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

  test("matches when gates had passed before: a list is compared by what it holds", () => {
    const passed = journalPassedGates([{ gate: "security", status: "pass", evidence: [] }]);
    const subject = { ...passed };
    const bundle = bundleOf({ before: { commit: { step: "gates", reasonCode: "gates_passed", subject } } });
    const statement = statementOf(bundle);
    expect(statement.predicate.gates.passed).toEqual(["security"]);
    expect(compare(carried(statement), bundle)).toHaveProperty("matching");
    statement.predicate.gates.passed = ["operations"];
    expect(findingOf(carried(statement), bundle)).toMatchObject({ expected: '["security"]', got: '["operations"]' });
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

  test.each<[string, (statement: Loose) => void, string, string]>([
    ["a text", (s) => (s.predicate.approval.approver.login = "mallory"), "anna", "mallory"],
    ["a number", (s) => (s.predicate.pullRequest = 8), "7", "8"],
    ["a truth", (s) => (s.predicate.approval.isFourEyes = false), "true", "false"],
    ["nothing", (s) => (s.predicate.execution.strategy = "run"), "null", "run"],
    ["an object", (s) => (s.predicate.gates = { passed: [], decision: null }), "null", "nothing"],
  ])("is told with both sides as they are written: %s", (_, change, expected, got) => {
    expect(findingOf(altered(change))).toMatchObject({ expected, got });
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

  test("is about these files when the manifest's digest is theirs, whatever else is wrong", () => {
    const other = carried(statementOf(bundleOf({ entries: { execute: { runId: 4 } } })));
    const untyped = altered((statement) => (statement.predicate = null));
    const near = altered((statement) => (statement.subject[1].digest.sha256 = "0".repeat(64)));
    for (const before of [other, untyped]) {
      expect(findingOf([before, near].join("\n"))).toMatchObject({
        message: "The digest of the subject plan.json is another one.",
      });
    }
  });

  test("is told by the first of them where none is about these files", () => {
    const untyped = altered((statement) => (statement.predicate = null));
    const texts = [untyped, carried(statementOf())];
    const planned = bundleOf({ until: "plan" });
    expect(findingOf(texts.join("\n"), planned).message).toBe("The predicate is not of its type.");
    expect(findingOf(texts.toReversed().join("\n"), planned).message).toBe("The bundle tells of no execution.");
  });

  test("of another type is none of ours, and the types that are there are named", () => {
    const other = carried({ ...statementOf(), predicateType: "https://slsa.dev/provenance/v1" });
    expect(findingOf([other, other].join("\n"))).toEqual({
      code: "evidence_invalid",
      message: "No attestation is of this action's predicate type.",
      expected: PREDICATE_TYPE,
      got: "https://slsa.dev/provenance/v1",
    });
    const third = carried({ ...statementOf(), predicateType: "https://cyclonedx.org/bom" });
    expect(findingOf([other, third].join("\n")).got).toBe("https://slsa.dev/provenance/v1, https://cyclonedx.org/bom");
  });

  test("that are none at all are told as nothing", () => {
    expect(findingOf("")).toMatchObject({ expected: PREDICATE_TYPE, got: "nothing" });
  });

  test.each<Story>([{ until: "plan" }, { until: "approve" }, { until: "commit" }])(
    "of a bundle without an execution: %j",
    (story) => {
      expect(findingOf(carried(statementOf()), bundleOf(story))).toMatchObject({
        message: "The bundle tells of no execution.",
        expected: "an execution",
        got: "none",
      });
    },
  );

  test("repeats no more than a little of what it says", () => {
    const long = altered((statement) => (statement.subject[0].digest.sha256 = "x".repeat(10_000)));
    expect(findingOf(long).got.length).toBeLessThan(250);
    const typed = (length: number) => findingOf(altered((s) => (s.predicateType = "y".repeat(length)))).got;
    expect(typed(200)).toBe("y".repeat(200));
    expect(typed(201)).toBe(`${"y".repeat(200)}…`);
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

  const ENVELOPE = "a Sigstore bundle with a DSSE envelope";
  const NO_OBJECT = "Invalid input: expected object, received";
  test.each<[string, string, string, string]>([
    ["no JSON", "attested", "JSON", "something else"],
    ["a payload that is no JSON", carried("attested"), "JSON", "something else"],
    ["a list", "[]", ENVELOPE, `all of it: ${NO_OBJECT} array`],
    ["no envelope", "{}", ENVELOPE, `dsseEnvelope: ${NO_OBJECT} undefined`],
    [
      "an envelope of another type without a payload",
      carried(0, { payloadType: "text", payload: 7 }),
      ENVELOPE,
      'dsseEnvelope.payloadType: Invalid input: expected "application/vnd.in-toto+json"; ' +
        "dsseEnvelope.payload: Invalid input: expected string, received number",
    ],
    ["no statement", carried("null"), "an in-toto statement", `all of it: ${NO_OBJECT} null`],
    [
      "digests that are none",
      carried({ ...statementOf(), subject: [{ digest: { a: 1, b: 2, c: 3, d: 4 } }] }),
      "an in-toto statement",
      ["a", "b", "c"]
        .map((key) => `subject.0.digest.${key}: Invalid input: expected string, received number`)
        .join("; "),
    ],
  ])("is told with what was wanted and its first three faults: %s", (_, text, expected, got) => {
    expect(errorOf(() => readAttestations(text))).toMatchObject({
      message: `The attestation cannot be read: expected ${expected}, got ${got}.`,
      expected,
      got,
    });
  });

  test("is more than a thousand at once, even if each could be read", () => {
    const lines = (count: number) => Array<string>(count).fill(carried(statementOf())).join("\n");
    expect(readAttestations(lines(1_000))).toHaveLength(1_000);
    expect(errorOf(() => readAttestations(lines(1_001)))).toMatchObject({
      expected: "at most 1000 bundles",
      got: "1001",
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
