import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/governance/digest.ts";
import { appendRecord, JOURNAL_START, readJournal } from "../../src/governance/journal.ts";
import { JOURNAL_COLUMNS, journalRows } from "../../src/governance/journal-rows.ts";
import { bundleOf, COMMIT, PATCH, STEPS } from "./audit-bundles.ts";
import { BASE, type Bundle, bytes, errorOf, HEAD, journalEntry, journalled } from "./builders.ts";

const journalOf = (bundle: Bundle) => new TextDecoder().decode(bundle.get("journal.jsonl"));
const rowsOf = (bundle: Bundle) => journalRows(bundle).map(({ row }) => row);
/** A bundle of a request that was refused before there was a plan, with one record. */
const refused = (changes: Parameters<typeof journalEntry>[0]): Bundle =>
  new Map([["journal.jsonl", bytes(appendRecord("", journalEntry(changes)))]]);

describe("the rows of a journal", () => {
  test("have every column of the table and nothing else, one for each record", () => {
    const rows = rowsOf(bundleOf());
    expect(rows).toHaveLength(STEPS.length);
    for (const row of rows) expect(Object.keys(row).sort()).toEqual([...JOURNAL_COLUMNS].sort());
  });

  test("hold the record's very line, whose digest is the journal's head after it", () => {
    const bundle = bundleOf();
    const lines = journalOf(bundle).trimEnd().split("\n");
    const rows = rowsOf(bundle);
    expect(rows.map(({ record }) => record)).toEqual(lines);
    expect(rows.map((row) => row.record_digest)).toEqual(lines.map((line) => digestOf(line)));
    expect(rows.slice(1).map(({ previous }) => previous)).toEqual(rows.slice(0, -1).map((row) => row.record_digest));
  });

  test("say what the record, its subject and the plan's binding say", () => {
    const findings = [{ code: "late", message: "It is late." }];
    const story = {
      entries: { execute: { findings } },
      subjects: { execute: { verificationCommands: 2, headSha: HEAD, baseSha: BASE } },
    };
    const bundle = bundleOf(story);
    const digestIn = (name: "plan.json" | "binding.json") => digestOf(bundle.get(name) as Uint8Array);
    const executed = rowsOf(bundle).at(-1);
    expect(executed).toMatchObject({
      layout: 1,
      sequence: 3,
      recorded_at: "2026-11-10 12:05:02.000",
      repository: "acme/shop",
      pull_request: 7,
      run_id: 3,
      run_attempt: 1,
      step: "execute",
      decision: "allow",
      reason_code: "plan_executed",
      actor: "anna",
      plan_digest: digestIn("plan.json"),
      binding_digest: digestIn("binding.json"),
      risk_class: "medium",
      requester: "rita",
      requester_id: 21,
      base_ref: "main",
      head_sha: HEAD,
      base_sha: BASE,
      codex_version: "0.171.0",
      model: "gpt-5.5",
      effort: "medium",
      action_version: "0.1.0",
      event_id: 501,
      approver_id: 22,
      dry_run_digest: null,
      commit_sha: COMMIT,
      verification_commands: 2,
      open_escalations: [],
      finding_codes: ["late"],
    });
    expect(executed?.files_digest).toMatch(/^sha256:/);
  });

  test("tell of the dry run that an approval rests on", () => {
    const digests = rowsOf(bundleOf()).map((row) => row.dry_run_digest);
    expect(digests).toEqual([null, digestOf(PATCH), null, null]);
  });

  test("are the same in every later bundle of the plan", () => {
    const whole = journalRows(bundleOf());
    for (const [index, until] of STEPS.entries()) {
      expect(journalRows(bundleOf({ until }))).toEqual(whole.slice(0, index + 1));
    }
  });

  test("of a request without a plan leave out what only a plan says", () => {
    const [only] = journalRows(
      refused({ decision: "deny", reasonCode: "prompt_empty", actor: null, pullRequest: null }),
    );
    expect(only).toMatchObject({ date: "2026-11-10", repository: "acme/shop" });
    expect(only?.row).toMatchObject({
      actor: null,
      pull_request: null,
      plan_digest: null,
      risk_class: null,
      requester: null,
      requester_id: null,
      base_ref: null,
      codex_version: null,
      model: null,
      effort: null,
      action_version: null,
      head_sha: null,
      event_id: null,
      verification_commands: null,
    });
  });

  test.each([1.5, 1e300, 2 ** 53])("take %d for no whole number of a column", (eventId) => {
    expect(rowsOf(refused({ subject: { eventId, approverId: 7 } }))[0]).toMatchObject({
      event_id: null,
      approver_id: 7,
    });
  });

  test("take no number for a text and no digest of another form", () => {
    const subject = { eventId: "501", headSha: 7, planDigest: "sha256:short" };
    expect(rowsOf(refused({ subject }))[0]).toMatchObject({ event_id: null, head_sha: "7", plan_digest: null });
  });

  test("name the blockers that are escalated after each evaluation of the gates", () => {
    const gates = (at: string, status: Record<string, string>) => ({
      at,
      step: "gates",
      decision: "info" as const,
      reasonCode: "gates_pending" as const,
      subject: status,
    });
    const failing = { "blocker security/audit/npm": "fail", "blocker operations/sign-off/any": "pending" };
    const bundle = bundleOf({ until: "plan" });
    for (const [index, status] of [failing, failing, failing, {}].entries()) {
      journalled(bundle, gates(`2026-11-10T12:0${index}:00Z`, status));
      journalled(bundle, { at: `2026-11-10T12:0${index}:30Z`, step: "approve", reasonCode: "plan_approved" });
    }
    expect(rowsOf(bundle).map((row) => row.open_escalations)).toEqual([
      ...[[], [], []],
      ...Array(4).fill(["security/audit/npm"]),
      ...[[], []],
    ]);
  });

  test("of a long journal take time in proportion to it", { timeout: 10_000 }, () => {
    const entry = journalEntry({ step: "gates", reasonCode: "gates_pending", subject: { "blocker a/b/c": "fail" } });
    const lines: string[] = [];
    for (let sequence = 0; sequence < 5_000; sequence += 1) {
      const previous = sequence === 0 ? JOURNAL_START : digestOf(lines[sequence - 1] as string);
      lines.push(JSON.stringify({ schema: 1, sequence, previous, ...entry }));
    }
    const bundle: Bundle = new Map([["journal.jsonl", bytes(`${lines.join("\n")}\n`)]]);
    expect(rowsOf(bundle).at(-1)).toMatchObject({ sequence: 4_999, open_escalations: ["a/b/c"] });
  });

  test("are named after run, attempt, step and the head that they make, on the record's day in UTC", () => {
    const bundle = refused({ at: "2026-11-10T23:59:59.999Z", runId: 12, runAttempt: 3, step: "sign" });
    const [line = ""] = journalOf(bundle).split("\n");
    const [only] = journalRows(bundle);
    expect(only?.date).toBe("2026-11-10");
    expect(only?.name).toBe(`12-3-sign-${digestOf(line).slice(7, 19)}`);
    expect(only?.row.object_name).toBe(only?.name);
    expect(only?.row.recorded_at).toBe("2026-11-10 23:59:59.999");
  });

  test.each(["../plan", "plan/x", "Plan", "", "-", "p".repeat(41)])(
    "refuse the step %j, which would become a name",
    (step) => {
      const error = errorOf(() => journalRows(refused({ step })));
      expect(error).toMatchObject({ code: "evidence_invalid", message: expect.stringContaining("expected a word") });
    },
  );

  test("show of a step that is no name its beginning alone", () => {
    const shown = `"${"X".repeat(79)}`;
    expect(errorOf(() => journalRows(refused({ step: "X".repeat(10_000) })))).toMatchObject({
      message: `The journal has the step ${shown}, expected a word in lower case. Look at who wrote it.`,
    });
  });

  test("are none of an empty journal, and a broken one is refused", () => {
    expect(journalRows(new Map([["journal.jsonl", bytes("")]]))).toEqual([]);
    const bundle = bundleOf();
    const [first = ""] = journalOf(bundle).split("\n");
    bundle.set("journal.jsonl", bytes(journalOf(bundle).replace(first, first.replace("rita", "anna"))));
    expect(errorOf(() => journalRows(bundle))).toMatchObject({ code: "evidence_invalid" });
    expect(readJournal(journalOf(bundleOf()))).toHaveLength(4);
  });
});
