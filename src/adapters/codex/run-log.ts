import { redact, redactPart, SEAM } from "./redaction.ts";

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_TEXT = 8 * 1024;
const MAX_DEPTH = 6;
const MAX_ENTRIES = 200;

/** One run's log: a JSON object a line, without secrets, at most 8 MiB with a last record that says so. */
export class RunLog {
  readonly #secrets: readonly string[];
  readonly #lines: string[] = [];
  #bytes = 0;
  #truncated = false;

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  record(event: string, data: Readonly<Record<string, unknown>> = {}): void {
    if (this.#truncated) return;
    const line = `${JSON.stringify({ event, ...(this.#clean(data, 0) as object) })}\n`;
    const size = Buffer.byteLength(line);
    if (this.#bytes + size > MAX_BYTES) {
      this.#truncated = true;
      this.#lines.push(`${JSON.stringify({ event: "truncated", limitBytes: MAX_BYTES })}\n`);
      return;
    }
    this.#bytes += size;
    this.#lines.push(line);
  }

  /** A text as it may leave the run: redacted first, then cut. */
  text(value: string, limit = MAX_TEXT): string {
    // What is looked at is bounded, so that a hostile output costs bounded time.
    const most = 2 * limit + SEAM;
    const isCut = value.length > most;
    const to = isCut ? most - SEAM : value.length;
    const clean = redactPart(value.slice(0, most), this.#secrets, { from: 0, to });
    return isCut || clean.length > limit ? `${clean.slice(0, limit)}…` : clean;
  }

  /** The end of a text, of which `value` is what was kept: when its beginning is missing, so is a bit more. */
  end(value: string, isWhole: boolean): string {
    if (isWhole) return redact(value, this.#secrets);
    return redactPart(value, this.#secrets, { from: Math.min(SEAM, value.length), to: value.length });
  }

  bytes(): Uint8Array {
    return new TextEncoder().encode(this.#lines.join(""));
  }

  // Values are cleaned before they become JSON: an escaped line break would hide a PEM block.
  #clean(value: unknown, depth: number): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value !== "object" || value === null) return value;
    if (depth >= MAX_DEPTH) return "…";
    if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((entry) => this.#clean(entry, depth + 1));
    const entries = Object.entries(value).slice(0, MAX_ENTRIES);
    return Object.fromEntries(entries.map(([key, entry]) => [this.text(key, 200), this.#clean(entry, depth + 1)]));
  }
}
