import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { bundleOf } from "../governance/audit-bundles.ts";

/**
 * The action brings Node 24 along, the command line runs on the Node of whoever proves a bundle: 20 or newer. What later
 * versions added to JavaScript is taken away before it starts.
 */
const LIKE_NODE_20 = `data:text/javascript,${encodeURIComponent(`
  for (const [owner, names] of [
    [Map, ["groupBy"]],
    [Object, ["groupBy"]],
    [Promise, ["withResolvers", "try"]],
    [Array, ["fromAsync"]],
    [RegExp, ["escape"]],
    [Error, ["isError"]],
    [Uint8Array, ["fromHex", "fromBase64"]],
    [Uint8Array.prototype, ["toHex", "toBase64"]],
    [Set.prototype, ["union", "intersection", "difference", "isSubsetOf", "isSupersetOf", "isDisjointFrom"]],
    [Iterator.prototype, ["map", "filter", "take", "drop", "flatMap", "reduce", "toArray", "forEach", "some", "find"]],
  ]) for (const name of names) delete owner[name];
`)}`;

const directory = mkdtempSync(join(tmpdir(), "older-node-"));
for (const [name, bytes] of bundleOf()) writeFileSync(join(directory, name), bytes);
afterAll(() => rmSync(directory, { recursive: true }));

test.each([
  ["verify", "SOUND: executed"],
  ["report", "# Codex plans"],
  ["review-note", "# Codex review note"],
])("%s needs nothing that Node 20 does not have", async (command, words) => {
  const argv = ["--import", LIKE_NODE_20, "dist/cli.js", command, directory];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, argv);
  expect(stderr).toBe("");
  expect(stdout).toContain(words);
});
