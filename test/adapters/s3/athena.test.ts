import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { layOut } from "../../../src/adapters/s3/layout.ts";
import { digestOf } from "../../../src/governance/digest.ts";
import type { JournalEntry } from "../../../src/governance/journal.ts";
import { JOURNAL_COLUMNS } from "../../../src/governance/journal-rows.ts";
import { bundleOf, COMMIT, STEPS, type Story } from "../../governance/audit-bundles.ts";
import { type Bundle, digestWith, journalled } from "../../governance/builders.ts";
import { AthenaTable, DDL, declaredColumns, storeLocally } from "./athena-table.ts";

const root = mkdtempSync(join(tmpdir(), "athena-"));
afterAll(() => rmSync(root, { recursive: true }));

type Changes = Partial<Record<(typeof STEPS)[number], Partial<JournalEntry>>>;

/** A plan of its own repository: all of its records name it. */
function planIn(repository: string, { entries = {}, ...story }: Omit<Story, "entries"> & { entries?: Changes } = {}) {
  const renamed = Object.fromEntries(STEPS.map((step) => [step, { repository, ...entries[step] }]));
  return bundleOf({ ...story, entries: renamed });
}

/** The last record once more, with what is given: what another run of the same plan would add. */
function followed(bundle: Bundle, changes: Partial<JournalEntry>): Bundle {
  const last = JSON.parse(new TextDecoder().decode(bundle.get("journal.jsonl")).trimEnd().split("\n").at(-1) ?? "");
  const { schema: _schema, sequence: _sequence, previous: _previous, ...entry } = last;
  const kept = Object.entries(entry.subject).filter(([key]) => !key.startsWith("blocker "));
  return journalled(bundle, { ...entry, ...changes, subject: { ...Object.fromEntries(kept), ...changes.subject } });
}

async function nameIn(bundle: Bundle, index: number): Promise<string> {
  const { rows } = await layOut(bundle, { bucket: "local", prefix: "" });
  return /([^/]+)\.jsonl$/.exec(rows.at(index)?.key ?? "")?.[1] ?? "";
}

const executedWith = (verificationCommands: number) => ({ execute: { verificationCommands } });
const shop = planIn("acme/shop", { subjects: executedWith(2) });
const late = planIn("acme/shop", {
  subjects: executedWith(1),
  entries: {
    plan: { at: "2026-11-16T08:00:00Z", pullRequest: 8, runId: 81 },
    approve: { at: "2026-11-16T09:00:00Z", pullRequest: 8, runId: 82 },
    commit: { at: "2026-11-16T18:00:00Z", pullRequest: 8, runId: 83 },
    execute: { at: "2026-11-16T18:00:00.500Z", pullRequest: 8, runId: 83 },
  },
});
/** Drifted first, then executed without verification. */
const billing = planIn("acme/billing", {
  subjects: executedWith(0),
  before: {
    commit: {
      ...{ repository: "acme/billing", step: "execute", decision: "deny", reasonCode: "plan_drifted" },
      ...{ at: "2026-11-10T12:04:00Z", findings: [{ code: "file_added", message: "x" }] },
    },
  },
});
const FAILING = { "blocker security/audit/npm": "fail", "blocker operations/sign-off/any": "pending" };
const gates = (at: string, subject: Record<string, string>): Partial<JournalEntry> => ({
  ...{ at, subject, step: "gates", decision: "info", reasonCode: "gates_pending", runId: 9 },
});
const blocked = () => {
  const bundle = planIn("acme/web", { until: "approve" });
  for (const minute of ["10", "20"]) followed(bundle, gates(`2026-11-10T12:${minute}:00Z`, FAILING));
  return bundle;
};
/** Escalated like the one before, and closed again: the last evaluation has nothing that fails. */
const repaired = () => {
  const bundle = planIn("acme/app", { until: "approve" });
  for (const minute of ["10", "20"]) followed(bundle, gates(`2026-11-10T12:${minute}:00Z`, FAILING));
  return followed(bundle, gates("2026-11-10T12:30:00Z", { "blocker operations/sign-off/any": "pending" }));
};

async function tableOf(name: string, bundles: readonly Bundle[]): Promise<AthenaTable> {
  const directory = join(root, name);
  await storeLocally(directory, bundles);
  return new AthenaTable(directory);
}

let table: AthenaTable;
beforeAll(async () => {
  table = await tableOf("all", [shop, late, billing, blocked(), repaired()]);
});

describe("the table", () => {
  test("declares the columns that the export writes, in their order", () => {
    expect(declaredColumns().map(([name]) => name)).toEqual([...JOURNAL_COLUMNS]);
  });

  test("is projected over the very partitions that the export makes", () => {
    expect(DDL).toContain("PARTITIONED BY (dt string, repo string)");
    const [location] = /s3:\/\/[^']*(?=journal\/')/.exec(DDL) ?? [];
    expect(DDL).toContain(`'storage.location.template' = '${location}journal/dt=\${dt}/repo=\${repo}/'`);
    expect(readdirSync(join(root, "all/codex/journal")).toSorted()).toEqual(["dt=2026-11-10", "dt=2026-11-16"]);
    expect(readdirSync(join(root, "all/codex/journal/dt=2026-11-10")).toSorted()).toEqual(
      ["app", "billing", "shop", "web"].map((name) => `repo=acme.${name}`),
    );
  });
});

describe("the queries", () => {
  test("are all run here", () => {
    const files = readdirSync(new URL("../../../docs/athena/queries", import.meta.url));
    expect(files.toSorted()).toEqual([
      "approvals.sql",
      "denial-rate.sql",
      "drift.sql",
      "duplicated-executions.sql",
      "journal-gaps.sql",
      "lead-time.sql",
      "open-escalations.sql",
      "unverified.sql",
    ]);
  });

  test("give the rate of denials by repository and week", async () => {
    const row = (repository: string, week: string, runs: string, denied: string, percent: number) => ({
      ...{ repository, week, runs, denied, denied_percent: percent },
    });
    expect(await table.query("denial-rate")).toEqual([
      row("acme/app", "2026-11-09", "2", "0", 0),
      row("acme/billing", "2026-11-09", "4", "1", 25),
      row("acme/shop", "2026-11-09", "3", "0", 0),
      row("acme/shop", "2026-11-16", "3", "0", 0),
      row("acme/web", "2026-11-09", "2", "0", 0),
    ]);
  });

  test("give the share of executions that drifted", async () => {
    const row = (repository: string, executions: string, drifted: string, percent: number) => ({
      ...{ repository, model: "gpt-5.5", executions, drifted, drifted_percent: percent },
    });
    expect(await table.query("drift")).toEqual([row("acme/billing", "2", "1", 50), row("acme/shop", "2", "0", 0)]);
  });

  test("give the hours from plan to execution, to the millisecond and without plans that were not executed", async () => {
    const lasting = (digit: string, at: string) => {
      const subject = { bindingDigest: digestWith(digit) };
      return planIn("acme/shop", { subjects: { plan: subject, execute: subject }, entries: { execute: { at } } });
    };
    const hours = [lasting("6", "2026-11-10T12:00:00Z"), lasting("7", "2026-11-10T16:00:00Z")];
    const days = [lasting("8", "2026-11-11T11:00:00Z"), lasting("9", "2026-11-12T11:00:36.5Z"), blocked()];
    const times = await tableOf("times", [...hours, ...days]);
    expect(await times.query("lead-time")).toEqual([
      { repository: "acme/shop", plans: "4", median_hours: 5, ninth_decile_hours: 48.01, longest_hours: 48.01 },
    ]);
  });

  test("give the escalations that are open, of the newest plan that is not executed", async () => {
    const open = {
      repository: "acme/web",
      pull_request: "7",
      blocker: "security/audit/npm",
      last_evaluated_at: "2026-11-10 12:20:00.000",
    };
    expect(await table.query("open-escalations")).toEqual([open]);
    const executed = followed(blocked(), { reasonCode: "plan_executed", step: "execute", decision: "allow" });
    expect(await (await tableOf("executed", [executed])).query("open-escalations")).toEqual([]);
  });

  test("give who approved what, and the commit that came of it", async () => {
    const found = await table.query("approvals");
    const rows = found.map(({ repository, pull_request, approver, requester, commit_sha }) => [
      ...[repository, pull_request, requester, approver, commit_sha],
    ]);
    expect(rows).toEqual([
      ["acme/app", "7", "rita", "anna", null],
      ["acme/billing", "7", "rita", "anna", COMMIT],
      ["acme/shop", "7", "rita", "anna", COMMIT],
      ["acme/web", "7", "rita", "anna", null],
      ["acme/shop", "8", "rita", "anna", COMMIT],
    ]);
    expect(found[2]).toMatchObject({
      recorded_at: "2026-11-10 12:01:00.000",
      risk_class: "medium",
      reason_code: "plan_approved",
      plan_digest: digestOf(shop.get("plan.json") as Uint8Array),
      object_name: await nameIn(shop, 1),
    });
  });

  test("give the commits without verification, also of a version that did not count it", async () => {
    const uncounted = await tableOf("uncounted", [shop, billing, planIn("acme/old")]);
    const row = (repository: string, count: number | null) => ({
      ...{ repository, pull_request: "7", risk_class: "medium", commit_sha: COMMIT, verification_commands: count },
    });
    expect(await uncounted.query("unverified")).toEqual([row("acme/billing", 0), row("acme/old", null)]);
  });

  test("find an approval that led to two commits, and otherwise none", async () => {
    expect(await table.query("duplicated-executions")).toEqual([]);
    const twice = followed(bundleOf(), { at: "2026-11-10T12:09:00Z", subject: { commitSha: "d".repeat(40) } });
    expect(await (await tableOf("twice", [twice])).query("duplicated-executions")).toEqual([
      {
        ...{ repository: "acme/shop", pull_request: "7", event_id: "501", commits: "2" },
        ...{ first_at: "2026-11-10 12:05:02.000", last_at: "2026-11-10 12:09:00.000" },
      },
    ]);
  });

  test("find a record that is gone, and a chain that was forked", async () => {
    expect(await table.query("journal-gaps")).toEqual([]);
    const directory = join(root, "gaps");
    const broken = await tableOf("gaps", [shop]);
    const day = join(directory, "codex/journal/dt=2026-11-10/repo=acme.shop");
    rmSync(join(day, `${await nameIn(shop, 1)}.jsonl`));
    const at = (object_name: string, sequence: number, problem: string) => ({
      ...{ repository: "acme/shop", pull_request: "7", sequence, object_name, problem },
    });
    expect(await broken.query("journal-gaps")).toEqual([at(await nameIn(shop, 2), 2, "gap")]);
    const other = planIn("acme/shop", { until: "approve", entries: { approve: { runId: 99 } } });
    const names = [await nameIn(shop, 1), await nameIn(other, 1)];
    expect(await (await tableOf("forks", [shop, other])).query("journal-gaps")).toEqual(
      names.toSorted().map((name) => at(name, 1, "fork")),
    );
  });
});
