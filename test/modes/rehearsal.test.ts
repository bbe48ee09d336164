import { existsSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { RehearsalReport } from "../../src/governance/rehearsal.ts";
import { API_KEY, openStage } from "./rehearsal-stage.ts";

const FILES = { ".gitignore": "build/\n", "price.txt": "1\n", "old.txt": "old\n", "src/keep.txt": "kept\n" };
const CHANGE = { "price.txt": "2\n", "old.txt": null, "src/new.txt": "new\n" };
const COMMANDS = {
  verification: ["test -s price.txt"],
  up: ['cp price.txt "$TMPDIR/price"'],
  verify: ['test ! -e "$TMPDIR/price" || cmp price.txt "$TMPDIR/price"'],
  down: ['rm "$TMPDIR/price"'],
};

const failure = ({ result, failedStep, entries }: RehearsalReport) => ({
  result,
  failedStep,
  output: entries.find(({ status }) => status === "failed")?.output,
});
const notRun = ({ entries }: RehearsalReport) =>
  entries.filter(({ status }) => status === "not run").map(({ step }) => step);

describe("a rehearsal", () => {
  test("applies, verifies, rolls back and verifies, and the tree has the id of the start", async () => {
    const stage = await openStage(FILES);
    const report = await stage.rehearse(CHANGE, COMMANDS);
    expect(report).toMatchObject({ result: "pass", failedStep: undefined, findings: [], ignored: [] });
    expect(report.startTree).toMatch(/^[0-9a-f]{40}$/);
    expect(report.endTree).toBe(report.startTree);
    expect(report.entries.map(({ step, status, exitCode }) => `${step} ${status} ${exitCode}`)).toEqual([
      "baseline passed 0",
      "apply passed 0",
      "up passed 0",
      "verify applied passed 0",
      "verify applied passed 0",
      "down passed 0",
      "roll back passed 0",
      "verify rolled back passed 0",
      "verify rolled back passed 0",
      "compare passed 0",
    ]);
    expect(readdirSync(stage.scene.temporaryDirectory)).toEqual([]);
  });

  test("shows the commands the change between apply and roll back, and only then", async () => {
    const stage = await openStage(FILES);
    const verify = ["cat price.txt; ls . src"];
    const { result, entries } = await stage.rehearse(CHANGE, { verify });
    expect(result).toBe("pass");
    const before = "1\n.:\nold.txt\nprice.txt\nsrc\n\nsrc:\nkeep.txt\n";
    expect(entries.filter(({ command }) => command).map(({ output }) => output)).toEqual([
      before,
      "2\n.:\nprice.txt\nsrc\n\nsrc:\nkeep.txt\nnew.txt\n",
      before,
    ]);
  });

  test("fails with the command's output where the way down fails, and does not go on", async () => {
    const stage = await openStage(FILES);
    const down = ["echo going down; echo there is no way back >&2; exit 4", "touch never"];
    const report = await stage.rehearse(CHANGE, { ...COMMANDS, down });
    expect(failure(report)).toMatchObject({ result: "fail", failedStep: "down" });
    expect(failure(report).output).toContain("there is no way back");
    expect(report.findings).toMatchObject([{ code: "command_failed", got: "exit code 4" }]);
    expect(notRun(report)).toEqual(["down", "roll back", "verify rolled back", "verify rolled back", "compare"]);
  });

  test("fails where something verified before is no longer so after the rollback", async () => {
    const stage = await openStage(FILES);
    const down = ["true"];
    const report = await stage.rehearse(CHANGE, { ...COMMANDS, down });
    expect(failure(report)).toMatchObject({ result: "fail", failedStep: "verify rolled back" });
    expect(failure(report).output).toContain("differ");
  });

  test("fails where a file is left behind, and names it", async () => {
    const stage = await openStage(FILES);
    const report = await stage.rehearse(CHANGE, { ...COMMANDS, down: [...COMMANDS.down, "echo left > src/left.txt"] });
    expect(failure(report)).toMatchObject({ result: "fail", failedStep: "compare" });
    expect(report.endTree).not.toBe(report.startTree);
    expect(report.findings).toContainEqual({
      code: "not_rolled_back",
      message: "Not as it was.",
      path: "src/left.txt",
    });
  });

  test("tells of files that the repository ignores, and passes", async () => {
    const stage = await openStage(FILES);
    const verification = ["mkdir -p build && date > build/out.txt"];
    const report = await stage.rehearse(CHANGE, { ...COMMANDS, verification });
    expect(report).toMatchObject({ result: "pass", ignored: ["build/out.txt"] });
  });

  test("fails where a command changed a file of the patch, which then cannot be taken back", async () => {
    const stage = await openStage(FILES);
    const report = await stage.rehearse(CHANGE, { ...COMMANDS, up: ["echo 3 > price.txt", ...COMMANDS.up] });
    expect(failure(report)).toMatchObject({ result: "fail", failedStep: "roll back" });
    expect(notRun(report)).toEqual(["verify rolled back", "verify rolled back", "compare"]);
  });

  test("fails before the change where the start does not verify, and applies nothing", async () => {
    const stage = await openStage(FILES);
    const report = await stage.rehearse(CHANGE, { ...COMMANDS, verify: ["grep 2 price.txt"] });
    expect(failure(report)).toMatchObject({ result: "fail", failedStep: "baseline" });
    expect(notRun(report)[0]).toBe("apply");
  });

  test("fails where the patch belongs to another head", async () => {
    const stage = await openStage(FILES);
    const other = await stage.scene.repository.commit("main", { "price.txt": "100\n" });
    const report = await stage.rehearse(CHANGE, COMMANDS, other);
    expect(failure(report)).toMatchObject({ result: "fail", failedStep: "apply" });
  });

  test("is no pass where no command verifies anything", async () => {
    const stage = await openStage(FILES);
    const report = await stage.rehearse(CHANGE, { up: ["true"], down: ["true"] });
    expect(report).toMatchObject({ result: "fail", failedStep: "verify applied" });
    expect(report.findings.map(({ code }) => code)).toEqual(["nothing_verified"]);
  });

  test("lets no command see the key, write outside of the tree or find what another rehearsal left", async () => {
    const stage = await openStage(FILES);
    const verify = [
      `env; ls -A "$TMPDIR"; echo x > "$TMPDIR/mark"; ! cat ${stage.outside}; echo x > ${stage.outside}; true`,
    ];
    for (const _ of [1, 2]) {
      const { result, entries } = await stage.rehearse(CHANGE, { verify });
      expect(result).toBe("pass");
      expect(JSON.stringify(entries)).not.toContain(API_KEY);
      expect(entries[0]?.output).not.toMatch(/^mark$/m);
      expect(entries[2]?.output).toMatch(/^mark$/m);
    }
    expect(existsSync(stage.outside)).toBe(false);
  });
});
