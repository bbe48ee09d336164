import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, it, vi } from "vitest";
import { ProcessFamily, proveFamilies } from "../../../src/adapters/process/process-family.ts";
import { processesWith } from "../../world/processes.ts";

const directory = mkdtempSync(join(tmpdir(), "process-family-"));
afterAll(() => rmSync(directory, { recursive: true }));

const MODULE = new URL("../../../src/adapters/process/process-family.ts", import.meta.url).href;
const environment = { PATH: "/usr/bin:/bin" };

const start = (script: string, ...more: readonly string[]) =>
  new ProcessFamily(["/bin/sh", "-c", script, "sh", ...more], { environment, directory });

let marks = 0;
const newMark = () => `family${process.pid}x${++marks}x`;

/** Starts a process that carries a mark in its command line, in a session of its own, and lets init adopt it. */
const adopted = (mark: string) => `setsid sh -c 'trap "" TERM HUP INT; while :; do sleep 1; done # ${mark}' & `;

describe("a process family", () => {
  it("has the program's exit code, arguments, directory and output, and nothing of our environment", async () => {
    const family = start(
      'echo "$1 $(pwd) $(env | grep -c "^PATH\\|^PWD\\|^_=\\|^SHLVL\\|^OLDPWD") $(env | wc -l)"; exit 7',
      "a b",
    );
    const said = text(family.child.stdout);
    expect(await family.exited).toEqual({ code: 7, signal: null });
    const [, ours, all] = /^a b \S+ (\d+) (\d+)$/.exec((await said).trim()) ?? [];
    expect(ours).toBe(all);
    expect(await said).toContain(directory);
    expect(await family.end(0)).toBe(true);
  });

  it("sees no process but its own", async () => {
    const family = start("cat /proc/[0-9]*/cmdline | tr '\\0' ' '; ls -d /proc/[0-9]* | wc -l");
    const said = await text(family.child.stdout);
    expect(said).not.toContain("vitest");
    expect(Number(/\d+\s*$/.exec(said)?.[0])).toBeLessThan(6);
  });

  it.each([
    ["ends by itself", (mark: string) => adopted(mark)],
    ["is ended", (mark: string) => `${adopted(mark)} trap "" TERM HUP INT; sleep 1000`],
    ["is stopped", (mark: string) => `${adopted(mark)} kill -STOP $$`],
    [
      "tries to stop and to kill its first process",
      (mark: string) => `${adopted(mark)} kill -STOP 1; kill -KILL 1; sleep 1000`,
    ],
    [
      "has a namespace inside",
      (mark: string) => `unshare --user --map-root-user --pid --fork sh -c "sleep 1000; echo ${mark}" & sleep 1000`,
    ],
  ])("that %s leaves nothing behind", async (_what, script) => {
    const mark = newMark();
    const family = start(`${script(mark)} # ${mark}`);
    await vi.waitUntil(() => processesWith(mark).length > 0 || family.child.exitCode !== null, { timeout: 10_000 });
    expect(await family.end(0)).toBe(true);
    expect(processesWith(mark)).toEqual([]);
  });

  it("can be ended at once, before it has begun", async () => {
    const mark = newMark();
    const family = start(`${adopted(mark)} sleep 1000 # ${mark}`);
    expect(await family.end(0)).toBe(true);
    expect(processesWith(mark)).toEqual([]);
  });

  it("has the signal that ended the program", async () => {
    const end = { code: null, signal: "SIGXFSZ" };
    expect(await start("ulimit -f 0; kill -XFSZ $$").exited).toEqual(end);
  });

  it("whose program is not there tells so", async () => {
    const family = new ProcessFamily([join(directory, "nothing")], { environment, directory });
    const said = text(family.child.stderr);
    expect(await family.exited).toEqual({ code: 127, signal: null });
    expect(await said).toContain("nothing");
  });

  it("cannot reach its first process, which is in another user namespace", async () => {
    const family = start(
      "cat /proc/1/environ; readlink /proc/1/exe /proc/1/fd/0 /proc/1/ns/user; head -c 1 /proc/1/mem; echo done",
    );
    const said = text(family.child.stdout);
    expect(await text(family.child.stderr)).toMatch(/Permission denied|cannot/);
    expect(await said).toBe("done\n");
  });

  it("dies with the process that started it, also when that one is killed", async () => {
    const mark = newMark();
    const started = join(directory, mark);
    const script = `import { ProcessFamily } from "${MODULE}";
      new ProcessFamily(["/bin/sh", "-c", ${JSON.stringify(`${adopted(mark)} echo > ${started}; sleep 1000 # ${mark}`)}], { environment: { PATH: "/usr/bin:/bin" }, directory: "/" });
      import { existsSync } from "node:fs";
      setInterval(() => existsSync(${JSON.stringify(started)}) && process.kill(process.pid, "SIGKILL"), 5);`;
    const ended = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
    expect(ended.signal).toBe("SIGKILL");
    expect(existsSync(started)).toBe(true);
    await vi.waitUntil(() => processesWith(mark).length === 0, { timeout: 10_000 });
  });
});

/** What `proveFamilies` says in a machine that was changed by a shell script, as root of a namespace. */
function proveIn(script: string): string {
  const proof = `import { proveFamilies } from "${MODULE}"; await proveFamilies().then(() => console.log("fine"), ({ code, message }) => console.log(code, message));`;
  const inside = ["-c", `${script} && exec "$@"`, "sh", process.execPath, "--input-type=module", "-e", proof];
  const ended = spawnSync("unshare", ["--user", "--map-root-user", "--mount", "/bin/sh", ...inside], {
    encoding: "utf8",
  });
  return ended.stdout + ended.stderr;
}

describe("the trial of a family", () => {
  it("succeeds here", async () => {
    await proveFamilies();
    expect(proveIn("true")).toBe("fine\n");
  });

  it.each([
    ["user namespaces are not allowed", "echo 0 > /proc/sys/user/max_user_namespaces"],
    ["PID namespaces are not allowed", "echo 0 > /proc/sys/user/max_pid_namespaces"],
    ["a part of /proc is masked, as in a container", "mount -t tmpfs none /proc/fs"],
    ["unshare cannot be started", "mount --bind /dev/null /usr/bin/unshare"],
  ])("is refused with the remedy where %s", (_what, script) => {
    const said = proveIn(script);
    expect(said).toMatch(/^sandbox_unavailable Codex cannot get a PID namespace/);
    expect(said).toContain("kernel.apparmor_restrict_unprivileged_userns=0");
  });
});
