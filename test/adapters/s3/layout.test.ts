import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readArchive } from "../../../src/adapters/artifact/archive.ts";
import { layOut } from "../../../src/adapters/s3/layout.ts";
import { packFiles } from "../../../src/adapters/s3/packing.ts";
import { parsePlace, placeOf, renderUri } from "../../../src/adapters/s3/place.ts";
import { digestOf } from "../../../src/governance/digest.ts";
import { appendRecord } from "../../../src/governance/journal.ts";
import { bundleOf, STEPS } from "../../governance/audit-bundles.ts";
import { bytes, journalEntry } from "../../governance/builders.ts";

const PLACE = { bucket: "evidence", prefix: "team/" };
const text = (body: Uint8Array) => new TextDecoder().decode(body);
const refused = (changes: Parameters<typeof journalEntry>[0]) =>
  layOut(new Map([["journal.jsonl", bytes(appendRecord("", journalEntry(changes)))]]), PLACE);

describe("a place", () => {
  test.each([
    ["s3://evidence", "evidence", ""],
    ["s3://evidence/", "evidence", ""],
    ["s3://evidence/a/b", "evidence", "a/b/"],
    ["s3://my.bucket-1/dt=2026-11-10/repo=acme.shop/", "my.bucket-1", "dt=2026-11-10/repo=acme.shop/"],
  ])("is a bucket with a prefix that ends with a slash: %s", (uri, bucket, prefix) => {
    expect(parsePlace(uri)).toEqual({ bucket, prefix });
    expect(renderUri({ bucket, prefix }, `${prefix}x`)).toBe(`s3://${bucket}/${prefix}x`);
  });

  test.each([
    "",
    "evidence",
    "https://evidence/a",
    "s3://",
    "s3:///a",
    "s3://Evidence",
    "s3://ab",
    "s3://evidence//a",
    "s3://evidence/a//b",
    "s3://evidence/../a",
    "s3://evidence/a/..",
    "s3://evidence/a b",
    "s3://evidence/é",
    "s3://evidence/a\n",
    `s3://evidence/${"a/".repeat(13)}`,
  ])("is not %j", (uri) => {
    expect(parsePlace(uri)).toBeUndefined();
    expect(() => placeOf(uri)).toThrow("Expected s3://bucket/prefix");
  });
});

describe("the objects of a bundle", () => {
  test("are the bundle and one row a record, in Hive's partitions", async () => {
    const files = bundleOf();
    const { bundle, rows } = await layOut(files, PLACE);
    const lines = text(files.get("journal.jsonl") as Uint8Array)
      .trimEnd()
      .split("\n");
    const names = ["1-1-plan", "2-1-approve", "3-1-commit", "3-1-execute"].map(
      (name, index) => `${name}-${digestOf(lines[index] ?? "").slice(7, 19)}`,
    );
    const day = "dt=2026-11-10/repo=acme.shop";
    expect(rows.map(({ key }) => key)).toEqual(names.map((name) => `team/journal/${day}/${name}.jsonl`));
    expect(bundle.key).toBe(`team/bundles/${day}/${names[3]}.zip`);
    for (const [index, { body }] of rows.entries()) {
      expect(text(body)).toMatch(/^[^\n]+\n$/);
      expect(JSON.parse(text(body))).toMatchObject({ object_name: names[index], record: lines[index] });
    }
    expect(await readArchive(bundle.body)).toEqual(files);
  });

  test("are the same keys and bytes again in every later bundle of the plan", async () => {
    const whole = (await layOut(bundleOf(), PLACE)).rows.map(({ key, body }) => [key, text(body)]);
    for (const [index, until] of STEPS.entries()) {
      const { rows } = await layOut(bundleOf({ until }), PLACE);
      expect(rows.map(({ key, body }) => [key, text(body)])).toEqual(whole.slice(0, index + 1));
    }
  });

  test("lie on the day of their record, the bundle on that of its last", async () => {
    const { bundle, rows } = await layOut(bundleOf({ entries: { execute: { at: "2026-11-11T00:00:00Z" } } }), PLACE);
    const days = rows.map(({ key }) => /dt=([^/]+)/.exec(key)?.[1]);
    expect(days).toEqual(["2026-11-10", "2026-11-10", "2026-11-10", "2026-11-11"]);
    expect(bundle.key).toContain("dt=2026-11-11/");
  });

  test("are the same when what is stored says the same record, whatever its other columns", async () => {
    const { bundle, rows } = await layOut(bundleOf(), PLACE);
    const [row] = rows;
    const stored = JSON.parse(text(row?.body as Uint8Array));
    expect(row?.isSame(bytes(JSON.stringify({ ...stored, layout: 2, more: true })))).toBe(true);
    expect(row?.isSame(bytes(JSON.stringify({ ...stored, record: `${stored.record} ` })))).toBe(false);
    for (const other of ["", "{", "null", "[]"]) expect(row?.isSame(bytes(other))).toBe(false);
    expect(bundle.isSame(Uint8Array.from(bundle.body))).toBe(true);
    expect(bundle.isSame(bundle.body.subarray(1))).toBe(false);
  });

  test.each([
    "acme/a/b",
    "../shop",
    "acme/..%2f",
    "acme.x/shop",
    "acme",
    "acme/",
    "/shop",
    "acme/sh op",
    "acme/\u0000",
  ])("are none of a journal that calls its repository %j", async (repository) => {
    await expect(refused({ repository })).rejects.toMatchObject({ code: "evidence_invalid" });
  });

  test("are none of an empty journal", async () => {
    await expect(layOut(new Map([["journal.jsonl", bytes("")]]), PLACE)).rejects.toThrow("its journal is empty");
  });

  test("have keys without a way out of the prefix, and a partition that says the repository exactly", async () => {
    const owner = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,20}$/);
    const name = fc.stringMatching(/^[\w.-]{1,20}$/);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.tuple(owner, name).map((parts) => parts.join("/")),
          fc.string(),
        ),
        async (repository) => {
          const done = await refused({ repository }).catch(() => undefined);
          if (done === undefined) return;
          const [, dt, repo] =
            /^team\/bundles\/dt=(\d{4}-\d\d-\d\d)\/repo=([\w.-]+)\/[\w-]+\.zip$/.exec(done.bundle.key) ?? [];
          expect(dt).toBe("2026-11-10");
          expect(repo?.replace(".", "/")).toBe(repository);
        },
      ),
    );
  });
});

describe("the zip of a bundle", () => {
  test("holds what was put in, and is the same bytes in any order and in any time zone", async () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z.-]{0,10}$/), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(names, fc.uint8Array({ maxLength: 300 }), async (list, content) => {
        const files = list.map((name, index) => [name, content.subarray(index)] as const);
        const zip = await packFiles(new Map(files));
        expect(await readArchive(zip)).toEqual(new Map(files.toSorted(([a], [b]) => (a < b ? -1 : 1))));
        expect(Buffer.compare(await packFiles(new Map(files.toReversed())), zip)).toBe(0);
      }),
      { numRuns: 30 },
    );
    const files = new Map([["a", bytes("one")]]);
    expect(digestOf(await packFiles(files))).toBe(DIGEST);
  });
});

/** Of the zip with the one file `a`: a change of it would make every export a conflict with the one before. */
const DIGEST = "sha256:395fc87493657e64ef02b0b789f715c4fc5b7858540927c682f4bf773ebe219d";
