import { ExternalError } from "../../governance/errors.ts";
import type { FileMode, TreeChange, TreeEntry } from "../../governance/tree.ts";
import { decodePath } from "./path-bytes.ts";

/** A tree entry with its blob's size in bytes (0 for a submodule). */
export interface SizedEntry extends TreeEntry {
  readonly size: number;
}

const OID = "[0-9a-f]{40}(?:[0-9a-f]{24})?";
const LISTED = new RegExp(`^(\\d{6}) (blob|commit) (${OID}) +(\\d+|-)$`);
const CHANGED = new RegExp(`^:(\\d{6}) (\\d{6}) (${OID}) (${OID}) ([ADMT])$`);

/** Whether this is an object id in full: 40 or 64 lower-case hex digits. */
export function isObjectId(text: string): boolean {
  return new RegExp(`^${OID}$`).test(text);
}

/** The output of `git ls-tree -r -z -l --full-tree`. Throws ExternalError `git_failed` on anything else. */
export function parseTreeListing(output: Buffer): SizedEntry[] {
  return records(output).map((record) => {
    const tab = record.indexOf(0x09);
    const match = LISTED.exec(record.subarray(0, Math.max(tab, 0)).toString("latin1"));
    const path = decodePath(record.subarray(tab + 1));
    if (match === null || path === "") throw malformed("ls-tree", record);
    const [, mode, , oid, size] = match as unknown as [string, string, string, string, string];
    return { path, mode: fileMode(mode, record), oid, size: size === "-" ? 0 : Number(size) };
  });
}

/**
 * The output of `git diff-tree -r -z --raw --no-renames --no-abbrev` of two trees. Throws ExternalError
 * `git_failed` on anything else, a rename included.
 */
export function parseRawDiff(output: Buffer): TreeChange[] {
  const fields = records(output);
  const changes: TreeChange[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const header = fields[at] as Buffer;
    const match = CHANGED.exec(header.toString("latin1"));
    const name = fields[at + 1];
    if (match === null || name === undefined || name.length === 0) throw malformed("diff-tree", header);
    const [, beforeMode, afterMode, beforeOid, afterOid, status] = match as unknown as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const before = side(beforeMode, beforeOid, header);
    const after = side(afterMode, afterOid, header);
    if ((before === undefined) !== (status === "A") || (after === undefined) !== (status === "D")) {
      throw malformed("diff-tree", header);
    }
    changes.push({ path: decodePath(name), before, after });
  }
  return changes;
}

function side(mode: string, oid: string, record: Buffer): TreeChange["before"] {
  return mode === "000000" ? undefined : { mode: fileMode(mode, record), oid };
}

function fileMode(mode: string, record: Buffer): FileMode {
  if (mode === "100644" || mode === "100755" || mode === "120000" || mode === "160000") return mode;
  throw malformed("file mode", record);
}

function records(output: Buffer): Buffer[] {
  if (output.length > 0 && output.at(-1) !== 0) throw malformed("output without an end", output.subarray(-80));
  const found: Buffer[] = [];
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0, at);
    found.push(output.subarray(at, end));
    at = end + 1;
  }
  return found;
}

function malformed(what: string, record: Buffer): ExternalError {
  const shown = JSON.stringify(record.subarray(0, 120).toString("latin1"));
  return new ExternalError("git_failed", `git's answer was not understood (${what}): ${shown}. Check git's version.`);
}
