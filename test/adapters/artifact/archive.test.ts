import { expect, test } from "vitest";
import { LIMITS, readArchive } from "../../../src/adapters/artifact/archive.ts";
import { type ZipEntry, zipOf } from "./zip-file.ts";

const plan: ZipEntry = { name: "plan.json", content: '{"summary":"x"}' };

test("reads plain files, deflated or stored", async () => {
  const files = await readArchive(zipOf([plan, { name: "plan.txt", content: "text\n", method: 0 }]));
  expect([...files.keys()]).toEqual(["plan.json", "plan.txt"]);
  expect(Buffer.from(files.get("plan.json") ?? []).toString()).toBe('{"summary":"x"}');
  expect(Buffer.from(files.get("plan.txt") ?? []).toString()).toBe("text\n");
});

test("reads an empty file", async () => {
  const files = await readArchive(zipOf([{ name: "drift.diff", content: "" }]));
  expect(files.get("drift.diff")).toEqual(new Uint8Array());
});

const refused: readonly [string, readonly ZipEntry[], RegExp][] = [
  ["a parent directory in a name", [{ ...plan, name: "../plan.json" }], /\.\./],
  ["an absolute name", [{ ...plan, name: "/etc/plan.json" }], /absolute/],
  ["a drive letter", [{ ...plan, name: "C:plan.json" }], /absolute/],
  ["a backslash", [{ ...plan, name: "..\\plan.json" }], /invalid characters/],
  ["a subdirectory", [{ ...plan, name: "a/plan.json" }], /not a plain file name/],
  ["a directory entry", [{ ...plan, name: "a/", content: "", mode: 0o040755 }], /not a plain file name/],
  ["a dot", [{ ...plan, name: "." }], /not a plain file name/],
  ["an empty name", [{ ...plan, name: "" }], /not a plain file name/],
  ["a control character", [{ ...plan, name: "plan\n.json" }], /not a plain file name/],
  ["a name outside of ASCII", [{ ...plan, name: "plan\u200b.json" }], /not a plain file name/],
  ["a symbolic link", [{ ...plan, content: "/etc/passwd", mode: 0o120777 }], /not a regular file/],
  ["a device", [{ ...plan, mode: 0o020644 }], /not a regular file/],
  ["a duplicate", [plan, { ...plan, content: "other" }], /there twice/],
  ["a twin in another case", [plan, { ...plan, name: "Plan.json" }], /there twice/],
  ["an encrypted entry", [{ ...plan, encrypted: true }], /encrypted/],
  ["an unknown compression", [{ ...plan, method: 14 }], /compression/],
  ["a wrong checksum", [{ ...plan, claimedCrc32: 1 }], /checksum/],
  ["a size that is claimed too small", [{ ...plan, claimedSize: 3 }], /too many bytes|broken/],
  ["a size that is claimed too large", [{ ...plan, claimedSize: 300 }], /broken/],
  [
    "too many entries",
    Array.from({ length: LIMITS.files + 1 }, (_, index) => ({ name: `f${index}`, content: "" })),
    /65 entries/,
  ],
];

test.each(refused)("refuses %s", async (_, entries, message) => {
  const reading = readArchive(zipOf(entries));
  await expect(reading).rejects.toMatchObject({
    code: "artifact_tampered",
    message: expect.stringMatching(message),
  });
});

test("refuses a bomb by the size that it unpacks to, all entries together", async () => {
  const zeros = new Uint8Array(600_000);
  const limits = { ...LIMITS, unpackedBytes: 1_000_000 };
  const bomb = zipOf([
    { name: "a", content: zeros },
    { name: "b", content: zeros },
  ]);
  expect(bomb.length).toBeLessThan(3000);
  await expect(readArchive(bomb, limits)).rejects.toMatchObject({
    code: "artifact_tampered",
    message: expect.stringContaining("unpacks to more than 1000000 bytes"),
  });
  expect((await readArchive(zipOf([{ name: "a", content: zeros }]), limits)).size).toBe(1);
});

test("refuses a bomb that claims to be small", async () => {
  const bomb = zipOf([{ name: "a", content: new Uint8Array(5_000_000), claimedSize: 10 }]);
  const limits = { ...LIMITS, unpackedBytes: 100 };
  await expect(readArchive(bomb, limits)).rejects.toMatchObject({ code: "artifact_tampered" });
});

test("refuses every truncation of a zip", async () => {
  const zip = zipOf([plan]);
  for (let length = 0; length < zip.length; length++) {
    await expect(readArchive(zip.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({
      code: "artifact_tampered",
    });
  }
});
