import type { Evidence } from "./governance/evidence.ts";
import type { Outcome } from "./governance/outcome.ts";
import type { ArtifactReference } from "./ports.ts";

/** A run that has ended: everything is decided, done and told on GitHub, and its evidence is stored there. */
export interface FinishedRun {
  /** `owner/name` */
  readonly repository: string;
  readonly pullRequest: number;
  readonly runId: number;
  readonly runAttempt: number;
  readonly outcome: Outcome;
  /** The sealed bundle, as it was stored. */
  readonly evidence: Evidence;
  readonly artifact: ArtifactReference & { readonly name: string };
}

/** Takes evidence out of GitHub. It may throw: what it cannot do is a warning, and changes nothing of the outcome. */
export interface Carrier {
  /** What it does, for messages, such as `Export to S3`. */
  readonly title: string;
  /** The output that names what it made. */
  readonly output: "export-uri" | "attestation-url";
  /** Address of what it made; undefined when this run is none of its business. */
  carry(run: FinishedRun): Promise<string | undefined>;
}
