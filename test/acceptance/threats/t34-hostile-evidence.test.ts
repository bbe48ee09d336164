import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../../../src/governance/digest.ts";
import { filesDigest, renderManifest } from "../../../src/governance/evidence.ts";
import { zipOf } from "../../adapters/artifact/zip-file.ts";
import { bundleOf } from "../../governance/audit-bundles.ts";
import type { Bundle } from "../../governance/builders.ts";
import { Pull } from "../../world/pull.ts";
import type { World } from "../../world/world.ts";
import { allowed, decisionOf, openBed } from "../bed.ts";

const CLI = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));
const MEGABYTE = 1_000_000;

/** Writes the process's own high-water mark of memory to file descriptor 3 when it ends. */
const PEAK = `import { readFileSync, writeSync } from "node:fs";
process.on("exit", () => writeSync(3, /VmHWM:\\s*(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]));`;

interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes. */
  readonly peak: number;
}

/** The command line, which must end by itself. */
function run(...args: readonly (string | Buffer)[]): Promise<Said> {
  const names = args.map((arg) => (typeof arg === "string" ? arg : arg.toString()));
  const child = spawn(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(PEAK)}`, CLI, ...names],
    {
      env: { PATH: process.env.PATH ?? "" },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    },
  );
  const texts = ["", "", "", ""];
  for (const at of [1, 2, 3]) {
    (child.stdio[at] as NodeJS.ReadableStream).on("data", (chunk: Buffer) => {
      texts[at] += chunk.toString();
    });
  }
  return new Promise((resolve) => {
    child.on("close", (code) => {
      resolve({ code, stdout: texts[1] ?? "", stderr: texts[2] ?? "", peak: Number(texts[3]) * 1024 });
    });
  });
}

let directory: string;
/** A zip of a sound bundle. */
let sound: Uint8Array;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "hostile-evidence-"));
  sound = zipped(bundleOf());
});
afterAll(() => rmSync(directory, { recursive: true }));

function zipped(bundle: Bundle): Uint8Array {
  return zipOf([...bundle].map(([name, content]) => ({ name, content })));
}

/** A new directory with a sound bundle in it, and what `add` puts beside it. */
function beside(add: (directory: string) => void): string {
  const place = mkdtempSync(join(directory, "place-"));
  writeFileSync(join(place, "a.zip"), sound);
  writeFileSync(join(place, "z.zip"), sound);
  add(place);
  return place;
}

const pipe = (path: string) => execFileSync("mkfifo", [path]);
const inBytes = (place: string, ...name: readonly number[]) =>
  Buffer.concat([Buffer.from(`${place}/`), Buffer.from(name)]);
const ZIP = [...Buffer.from(".zip")];
const COMMANDS = ["verify", "report", "review-note"] as const;

describe("T34 hostile bundles and clones given to the command line", () => {
  describe("an argument that is not a regular file is refused, without a wait", () => {
    test.each(["/dev/zero", "/dev/null", "pipe", "socket"])("%s", async (kind) => {
      const path = kind.startsWith("/") ? kind : join(directory, kind);
      if (kind === "pipe") pipe(path);
      const server = kind === "socket" ? createServer().listen(path) : undefined;
      for (const command of [...COMMANDS, "export"]) {
        const more = command === "export" ? ["--to", "s3://bucket/prefix"] : [];
        const { code, stdout, stderr } = await run(command, path, ...more);
        expect({ command, code, stdout }).toEqual({ command, code: 2, stdout: "" });
        expect(stderr).toContain(`${path}: expected a directory or a regular file`);
      }
      server?.close();
    });

    test("nor is it read as an attestation or as trusted roots", async () => {
      const zip = join(
        beside(() => undefined),
        "a.zip",
      );
      const fifo = join(directory, "attestation");
      pipe(fifo);
      for (const args of [
        ["--attestation", fifo],
        ["--attestation", zip, "--trusted-root", "/dev/zero"],
      ]) {
        const { code, stderr } = await run("verify", zip, ...args);
        expect(code).toBe(2);
        expect(stderr).toMatch(/it is a (?:named pipe|device), expected a regular file/);
      }
    });
  });

  describe("one odd entry is one finding, and the others are proved", () => {
    test.each<readonly [string, (place: string) => void, string]>([
      [
        "a named pipe called .zip",
        (place) => pipe(join(place, "b.zip")),
        "b.zip is no evidence bundle: it is not a regular file",
      ],
      ["a link called .zip", (place) => symlinkSync("/dev/zero", join(place, "b.zip")), "it is a symbolic link"],
      ["a zip that is none", (place) => writeFileSync(join(place, "b.zip"), "PK"), "the zip is broken"],
      [
        "a bundle with a pipe in it",
        (place) => {
          mkdirSync(join(place, "b"));
          for (const [name, bytes] of bundleOf()) writeFileSync(join(place, "b", name), bytes);
          pipe(join(place, "b/run-log.jsonl"));
        },
        '"run-log.jsonl" is not a plain file',
      ],
      [
        "a bundle with a name that is not UTF-8",
        (place) => {
          mkdirSync(join(place, "b"));
          for (const [name, bytes] of bundleOf()) writeFileSync(join(place, "b", name), bytes);
          writeFileSync(inBytes(`${place}/b`, 0xff, 0x1b), "x");
        },
        "is not a plain file of a plain name",
      ],
    ])("%s", async (_, add, finding) => {
      const place = beside(add);
      const { code, stdout, stderr } = await run("verify", place);
      expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
      expect(stdout).toContain(finding);
      expect(stdout).toContain("2 of 3 bundles are sound.");
      const { bundles } = JSON.parse((await run("verify", place, "--json")).stdout);
      expect(bundles.filter(({ finding: found }: { finding?: unknown }) => found === undefined)).toHaveLength(2);
      expect(JSON.parse((await run("report", place, "--json")).stdout).evidence).toMatchObject({
        bundles: 3,
        unsound: [expect.anything()],
      });
      expect((await run("review-note", place)).stdout).toContain("# ");
    });

    test("names that are not UTF-8 or have a terminal's commands are read, and shown without them", async () => {
      const esc = [0x1b, 0x5b, 0x32, 0x4a];
      const place = beside((at) => {
        writeFileSync(inBytes(at, 0xff, ...esc, ...ZIP), sound);
        mkdirSync(inBytes(at, 0x62, 0xc3, ...esc));
        writeFileSync(inBytes(at, 0x62, 0xc3, ...esc, 0x2f, 0xc2, 0x9b, ...ZIP), "broken");
      });
      const { code, stdout } = await run("verify", place);
      expect(code).toBe(1);
      expect(stdout).toContain("3 of 4 bundles are sound.");
      expect(stdout).toContain("<U+DCC3><U+001B>[2J/<U+009B>.zip");
      const { stdout: json } = await run("verify", place, "--json");
      expect(JSON.parse(json).bundles).toHaveLength(4);
      for (const command of COMMANDS) {
        for (const more of [[], ["--json"]]) {
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal.
          expect((await run(command, place, ...more)).stdout).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
        }
      }
    });

    test("a wrong argument with a terminal's commands is refused without them", async () => {
      for (const args of [
        ["verify", "/no\u{1b}[2Jwhere"],
        ["verify", "--\u{9b}2J"],
        ["\u{9b}2J"],
        ["report", directory, "--out", `${CLI}/\u{1b}c`],
      ]) {
        const { code, stderr } = await run(...args);
        expect(code).toBe(2);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal.
        expect(stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
      }
    });
  });

  describe("a zip takes 250 MB of memory at most, whatever it unpacks to", () => {
    const fill = (text: string, megabytes: number) => Buffer.alloc(megabytes * MEGABYTE, text);
    const lines = (count: number, text: string) =>
      `diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -0,0 +1,${count} @@\n${`+${text}\n`.repeat(count)}`;

    /** A journal of many records with a chain that holds, in a bundle that is sealed. */
    function longJournal(records: number, bytesEach: number): Uint8Array {
      const bundle: Bundle = new Map();
      const subject = { filesDigest: filesDigest(bundle) };
      let previous = `sha256:${"0".repeat(64)}`;
      let journal = "";
      for (let sequence = 0; sequence < records; sequence += 1) {
        const findings = [{ code: "x", message: "é".repeat(bytesEach / 2) }];
        const line = JSON.stringify({
          ...{ schema: 1, sequence, previous, at: "2026-11-10T12:00:00Z", step: "plan", decision: "deny" },
          ...{ reasonCode: "prompt_empty", actor: null, runId: 1, runAttempt: 1, repository: "acme/shop" },
          ...{ pullRequest: 7, subject, findings },
        });
        previous = digestOf(line);
        journal += `${line}\n`;
      }
      bundle.set("journal.jsonl", Buffer.from(journal));
      return zipped(bundle.set("evidence.sha256", Buffer.from(renderManifest(bundle))));
    }

    test.each<readonly [string, () => Uint8Array]>([
      ["one file of 255 MB", () => zipOf([{ name: "x", content: fill("\0", 255) }])],
      ["a file as large as a zip may unpack to", () => zipOf([{ name: "run-log.jsonl", content: fill("a", 100) }])],
      ["a journal of one line", () => zipOf([{ name: "journal.jsonl", content: fill("[", 90) }])],
      ["a journal of 9,000 sealed records", () => longJournal(9_000, 1_200)],
      [
        "a sealed patch of half a million lines",
        () => zipped(bundleOf({ files: { "run.patch": lines(499_000, "a") } })),
      ],
      ["a sealed patch of 30 MB", () => zipped(bundleOf({ files: { "run.patch": lines(400_000, "日".repeat(24)) } }))],
      [
        "a sealed patch of a million empty lines",
        () => zipped(bundleOf({ files: { "run.patch": "\n".repeat(30_000_000) } })),
      ],
      ["a sealed log of 90 MB", () => zipped(bundleOf({ files: { "run-log.jsonl": "\0".repeat(90_000_000) } }))],
    ])("%s", async (name, make) => {
      const path = join(directory, `${name.replaceAll(/\W/g, "-")}.zip`);
      writeFileSync(path, make());
      for (const command of COMMANDS) {
        const { code, stderr, peak } = await run(command, path);
        expect({ stderr, isKnown: code === 0 || code === 1 }).toEqual({ stderr: "", isKnown: true });
        expect(peak).toBeLessThan(250 * MEGABYTE);
      }
      rmSync(path);
    });
  });

  describe("a clone proves only what its objects are", () => {
    let world: World;
    let bundle: string;
    let commit: string;
    beforeAll(async () => {
      world = await openBed();
      const pull = await Pull.open(world);
      await pull.ask();
      await pull.label();
      const executed = await pull.execute();
      expect(decisionOf(executed)).toEqual(allowed("plan_executed", "executed"));
      commit = executed.outputs["commit-sha"] as string;
      bundle = join(directory, "executed.zip");
      writeFileSync(bundle, await world.artifacts.read(Number(executed.outputs["artifact-id"])));
    });
    afterAll(() => world.close());

    /** A clone whose objects are loose files. */
    function cloneLoose(): {
      clone: string;
      git: (...args: readonly string[]) => string;
      fileOf: (id: string) => string;
    } {
      const clone = mkdtempSync(join(directory, "clone-"));
      const git = (...args: readonly string[]) =>
        execFileSync("git", ["-C", clone, ...args], { encoding: "utf8" }).trim();
      git("init", "--quiet", "--bare");
      git("-c", "fetch.unpackLimit=100000", "fetch", "--quiet", world.repository.directory, "refs/*:refs/*");
      return { clone, git, fileOf: (id) => join(clone, "objects", id.slice(0, 2), id.slice(2)) };
    }

    test("as it came, it proves the commit", async () => {
      const { stdout } = await run("verify", bundle, "--repo", cloneLoose().clone);
      expect(stdout).toContain("ok   the commit is the one that this bundle made");
    });

    test.each([
      ["a directory that the patch does not touch", "^:docs", ":src"],
      ["a file that the patch touches", "^:src/greeting.js", ":README.md"],
      ["the parent", "^", ""],
      ["the commit", "", "^"],
    ])("other content under the name of %s", async (_, name, content) => {
      const { clone, git, fileOf } = cloneLoose();
      const [id = "", other = ""] = git("rev-parse", `${commit}${name}`, `${commit}${content}`).split("\n");
      rmSync(fileOf(id));
      cpSync(fileOf(other), fileOf(id));
      const { code, stdout } = await run("verify", bundle, "--repo", clone);
      expect(code).toBe(1);
      expect(stdout).toContain(`The clone ${clone} is damaged`);
      expect(stdout).not.toContain("ok   the commit is");
    });

    test("an object that is a pipe, or missing", async () => {
      for (const replace of [pipe, () => undefined]) {
        const { clone, git, fileOf } = cloneLoose();
        const file = fileOf(git("rev-parse", `${commit}^:docs`));
        rmSync(file);
        replace(file);
        const { code, stdout } = await run("verify", bundle, "--repo", clone);
        expect(code).toBe(1);
        expect(stdout).toMatch(/is not a regular file|is shallow or partial/);
      }
    });

    test("its configuration would run programs or is a pipe", async () => {
      const { clone, git } = cloneLoose();
      const mark = join(directory, "ran");
      git("config", "core.fsmonitor", `touch ${mark}`);
      git("config", "core.sshCommand", `touch ${mark}`);
      git("config", "remote.origin.url", "ssh://example.org/x");
      git("config", "remote.origin.promisor", "true");
      git("config", "extensions.partialClone", "origin");
      rmSync(join(clone, "objects"), { recursive: true });
      mkdirSync(join(clone, "objects"));
      const { code } = await run("verify", bundle, "--repo", clone);
      expect(code).toBe(1);
      expect(existsSync(mark)).toBe(false);
      rmSync(join(clone, "config"));
      pipe(join(clone, "config"));
      expect((await run("verify", bundle, "--repo", clone)).stdout).toContain("config is not a regular file");
    });
  });
});
