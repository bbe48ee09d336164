import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The high-water mark of this process alone: `getrusage` would count the memory of the process that started it. */
const HOOK = `
import { readFileSync, writeFileSync } from "node:fs";
if (process.argv[1]?.endsWith("dist/main.js")) process.on("exit", () => {
  const [, kibibytes] = /^VmHWM:\\s*(\\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  writeFileSync(process.env.LOAD_PEAK, kibibytes);
});
`;

/** Measures steps of the action: give a step the environment, and read its peak when it has ended. */
export class PeakMeter {
  readonly #directory = mkdtempSync(join(tmpdir(), "codex-plan-governance-load-"));
  #steps = 0;

  /** The environment of one step, and its peak resident memory in bytes once it has ended. */
  next(): { readonly environment: Readonly<Record<string, string>>; readonly peak: () => number } {
    this.#steps += 1;
    const file = join(this.#directory, String(this.#steps));
    return {
      environment: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(HOOK)}`, LOAD_PEAK: file },
      peak: () => Number(readFileSync(file, "utf8")) * 1024,
    };
  }

  close(): void {
    rmSync(this.#directory, { recursive: true });
  }
}
