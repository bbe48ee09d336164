import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 20;

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    // ESRCH: nobody is left. EPERM cannot be: these are our own children.
    return false;
  }
}

/** In `/proc/<pid>/stat` the fields after the name in parentheses are: state, parent, process group. */
function hasLiveMember(group: number): boolean {
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      const [state, , processGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(processGroup) === group && state !== "Z" && state !== "X") return true;
    } catch {
      // The process ended between the two reads.
    }
  }
  return false;
}

/** True while a process of the group runs. A zombie that nobody reaps (a container's init) does not count. */
export function isGroupAlive(group: number): boolean {
  if (!signalGroup(group, 0)) return false;
  return process.platform === "linux" ? hasLiveMember(group) : true;
}

async function waitUntilGone(group: number, milliseconds: number): Promise<boolean> {
  for (const end = Date.now() + milliseconds; Date.now() < end; ) {
    if (!isGroupAlive(group)) return true;
    await sleep(POLL_MS);
  }
  return !isGroupAlive(group);
}

/** Ends a process group: SIGTERM, then SIGKILL after `graceMs`. False when it is still there 5 s later. */
export async function endGroup(group: number, graceMs: number): Promise<boolean> {
  signalGroup(group, "SIGTERM");
  if (await waitUntilGone(group, graceMs)) return true;
  signalGroup(group, "SIGKILL");
  return waitUntilGone(group, 5_000);
}

/** Ends a process group at once, without waiting. */
export function killGroup(group: number): void {
  signalGroup(group, "SIGKILL");
}
