import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRawPages, readRawPages } from "../../../src/adapters/analytics/raw-pages.ts";

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "raw-pages-")), "raw");
});
afterEach(() => rmSync(join(directory, ".."), { recursive: true }));

const REQUEST = { version: 1, url: "https://api.example.com", workspace: "ws", startTime: 1, endTime: 2 } as const;
const page = (more: object = {}) => Buffer.from(JSON.stringify({ data: [{ threads: 1 }], has_more: false, ...more }));

/** Two pages of usage and one of each other report, as a run keeps them. */
async function keepPages(): Promise<void> {
  const pages = await createRawPages(directory, REQUEST);
  await pages.keep("usage", 1, page({ has_more: true, next_page: "c" }));
  await pages.keep("usage", 2, page());
  await pages.keep("code_reviews", 1, page());
  await pages.keep("code_review_responses", 1, page());
  await pages.seal();
}

/** The checksums made anew: what somebody does who knows how. */
function reseal(): void {
  rmSync(join(directory, "raw.sha256"));
  const names = readdirSync(directory).sort();
  writeFileSync(join(directory, "raw.sha256"), execFileSync("sha256sum", names, { cwd: directory }));
}

test("keeps pages that sha256sum proves, for the owner alone, and reads them back", async () => {
  await keepPages();
  expect(readdirSync(directory).sort()).toEqual([
    "code_review_responses-001.json",
    "code_reviews-001.json",
    "raw.sha256",
    "request.json",
    "usage-001.json",
    "usage-002.json",
  ]);
  expect(execFileSync("sha256sum", ["-c", "raw.sha256"], { cwd: directory, encoding: "utf8" })).not.toContain("FAILED");
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
  const { request, reports } = await readRawPages(directory);
  expect(request).toEqual(REQUEST);
  expect(reports.map(({ endpoint, pages, rows }) => [endpoint, pages, rows.length])).toEqual([
    ["usage", 2, 2],
    ["code_reviews", 1, 1],
    ["code_review_responses", 1, 1],
  ]);
});

test("writes each page once, and nothing where something is", async () => {
  const pages = await createRawPages(directory, REQUEST);
  await pages.keep("usage", 1, page());
  await expect(pages.keep("usage", 1, page({ other: 1 }))).rejects.toThrow("EEXIST");
  await expect(createRawPages(directory, REQUEST)).rejects.toThrow("expected an empty directory for the raw pages");
});

test.each<[string, () => void, string]>([
  ["a changed page", () => writeFileSync(join(directory, "usage-002.json"), page({ a: 1 })), "usage-002.json"],
  ["a page that is gone", () => rmSync(join(directory, "usage-002.json")), "usage-002.json"],
  ["one more page", () => writeFileSync(join(directory, "usage-003.json"), page()), "no file that it does not name"],
  ["no checksums", () => rmSync(join(directory, "raw.sha256")), "no file that it does not name"],
  ["a link", () => symlinkSync("/etc/passwd", join(directory, "usage-003.json")), "expected plain files"],
])("refuses %s", async (_, change, what) => {
  await keepPages();
  change();
  await expect(readRawPages(directory)).rejects.toMatchObject({
    code: "evidence_invalid",
    message: expect.stringContaining(what),
  });
});

test.each<[string, () => void, string]>([
  ["a page that is gone", () => rmSync(join(directory, "usage-002.json")), "expected usage-002.json"],
  [
    "one more page",
    () => writeFileSync(join(directory, "usage-003.json"), page()),
    "expected no page after the last one",
  ],
  ["another request", () => writeFileSync(join(directory, "request.json"), "{}"), "expected request.json of version 1"],
])("refuses %s also when the checksums were made anew", async (_, change, what) => {
  await keepPages();
  change();
  reseal();
  await expect(readRawPages(directory)).rejects.toMatchObject({
    code: "evidence_invalid",
    message: expect.stringContaining(what),
  });
});

test("says so when there is no such directory", async () => {
  await expect(readRawPages(directory)).rejects.toMatchObject({ code: "configuration_invalid" });
});
