import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 20;

interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Start time in clock ticks since boot: with the pid it names one process for good. */
  readonly started: string;
}

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    // ESRCH: nobody is left. EPERM cannot be: these are our own children.
    return false;
  }
}

/** The processes that run now; a zombie that nobody reaps (a container's init) does not count. Linux only. */
function listProcesses(): readonly ProcessFacts[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      // After the name in parentheses: state, parent, process group, …; the start time is field 22 of all.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (fields[0] === "Z" || fields[0] === "X") return [];
      const started = fields[19] ?? "";
      return [{ pid: Number(entry), parent: Number(fields[1]), group: Number(fields[2]), started }];
    } catch {
      // The process ended between the two reads.
      return [];
    }
  });
}

/**
 * The members of a group and all that descends from them: the sandbox gives its commands sessions of their own,
 * so they are in other groups.
 */
function familyOf(group: number, processes: readonly ProcessFacts[]): readonly ProcessFacts[] {
  const family = new Set(processes.filter((one) => one.group === group || one.pid === group));
  const pids = new Set([...family].map(({ pid }) => pid));
  for (let size = -1; size !== family.size; ) {
    size = family.size;
    for (const one of processes) {
      if (!pids.has(one.parent)) continue;
      family.add(one);
      pids.add(one.pid);
    }
  }
  return [...family];
}

/** True while a process of the group runs. */
export function isGroupAlive(group: number): boolean {
  if (!signalGroup(group, 0)) return false;
  return process.platform === "linux" ? listProcesses().some((one) => one.group === group) : true;
}

/** What is left of a family, and of the group, which may have got new members. */
function survivors(group: number, family: readonly ProcessFacts[]): readonly ProcessFacts[] {
  const known = new Set(family.map(({ pid, started }) => `${pid} ${started}`));
  const processes = listProcesses();
  const left = processes.filter(({ pid, started }) => known.has(`${pid} ${started}`));
  return [...new Set([...left, ...familyOf(group, processes)])];
}

async function waitUntil(isTrue: () => boolean, milliseconds: number): Promise<boolean> {
  for (const end = performance.now() + milliseconds; performance.now() < end; ) {
    if (isTrue()) return true;
    await sleep(POLL_MS);
  }
  return isTrue();
}

/**
 * Ends a process group with everything that descends from it: SIGTERM, then SIGKILL after `graceMs`. False when
 * something is still there 5 s later.
 */
export async function endGroup(group: number, graceMs: number): Promise<boolean> {
  if (process.platform !== "linux") {
    signalGroup(group, "SIGTERM");
    if (await waitUntil(() => !isGroupAlive(group), graceMs)) return true;
    signalGroup(group, "SIGKILL");
    return waitUntil(() => !isGroupAlive(group), 5_000);
  }
  // Taken before the first signal: whoever survives a parent is adopted by init and no descendant any more.
  const family = familyOf(group, listProcesses());
  signalGroup(group, "SIGTERM");
  if (await waitUntil(() => survivors(group, family).length === 0, graceMs)) return true;
  signalGroup(group, "SIGKILL");
  for (const { pid } of survivors(group, family)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
  return waitUntil(() => survivors(group, family).length === 0, 5_000);
}

/** Ends a process group at once, without waiting. */
export function killGroup(group: number): void {
  signalGroup(group, "SIGKILL");
}
