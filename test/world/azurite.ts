import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

export interface Azurite {
  /** `http://127.0.0.1:<port>`, the blob service. */
  readonly url: string;
  close(): Promise<void>;
}

const FLAGS =
  "--inMemoryPersistence --silent --skipApiVersionCheck --disableTelemetry --blobHost 127.0.0.1 --blobPort 0";

/** Microsoft's storage emulator as a child process, in memory, on a free port. */
export async function startAzurite(): Promise<Azurite> {
  const main = createRequire(import.meta.url).resolve("azurite/dist/src/blob/main.js");
  const child = spawn(process.execPath, [main, ...FLAGS.split(" ")], {
    cwd: tmpdir(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", kill);
  try {
    const url = await listening(child);
    return {
      url,
      close: async () => {
        process.off("exit", kill);
        await stop(child);
      },
    };
  } catch (error) {
    process.off("exit", kill);
    await stop(child);
    throw error;
  }
}

function listening(child: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let output = "";
  const look = (chunk: Buffer): void => {
    output += chunk.toString();
    const url = /successfully listens on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
    if (url !== undefined) resolve(url);
  };
  child.stdout?.on("data", look);
  child.stderr?.on("data", look);
  child.once("error", reject);
  child.once("exit", (code) => reject(new Error(`Azurite ended with ${code} before it listened: ${output}`)));
  const timer = setTimeout(() => reject(new Error(`Azurite did not listen within 60 s: ${output}`)), 60_000);
  return promise.finally(() => clearTimeout(timer));
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const late = new AbortController();
  await Promise.race([ended, sleep(5000, undefined, { signal: late.signal }).catch(() => {})]);
  late.abort();
  child.kill("SIGKILL");
  await ended;
}
