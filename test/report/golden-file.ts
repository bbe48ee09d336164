import { mkdir, readFile, writeFile } from "node:fs/promises";
import { expect } from "vitest";

const GOLDEN = new URL("golden/", import.meta.url);

/** Compares with the golden file; `UPDATE_GOLDEN=1` writes it instead. */
export async function expectGolden(name: string, text: string): Promise<void> {
  const file = new URL(name, GOLDEN);
  if (process.env.UPDATE_GOLDEN === "1") {
    await mkdir(GOLDEN, { recursive: true });
    await writeFile(file, text);
  }
  expect(text).toBe(await readFile(file, "utf8"));
}
