import { info, warning } from "@actions/core";
import type { Carrier, FinishedRun } from "./carrier.ts";
import type { Inputs } from "./inputs.ts";
import type { ModeResult } from "./modes/mode.ts";
import type { RunnerEnvironment } from "./runner-environment.ts";
import type { OutputFile } from "./runner-files.ts";
import { openLog } from "./world.ts";

/** What takes this run's evidence out of GitHub. What no input asks for is not loaded. */
export function openCarriers(inputs: Inputs, environment: RunnerEnvironment): readonly Carrier[] {
  return [
    ...(inputs.isAttested ? [attestation(inputs, environment)] : []),
    ...(inputs.s3Uri === undefined ? [] : [bucket(inputs.s3Uri, inputs)]),
  ];
}

function attestation(inputs: Inputs, { context, apiUrl }: RunnerEnvironment): Carrier {
  const [owner = "", repo = ""] = context.repository.split("/");
  const { serverUrl } = context;
  return {
    title: "Attestation",
    output: "attestation-url",
    carry: async (run) => {
      const { createAttestation } = await import("./adapters/attestation/attestation.ts");
      const options = { token: inputs.githubToken, apiUrl, owner, repo, serverUrl, log: openLog(inputs) };
      return createAttestation({ ...options, environment: process.env })(run);
    },
  };
}

function bucket(uri: string, { s3Region: region, s3Endpoint: endpoint }: Inputs): Carrier {
  return {
    title: "Export to S3",
    output: "export-uri",
    carry: async (run) => {
      const { createExport } = await import("./adapters/s3/export.ts");
      return createExport(uri, { region, endpoint })(run);
    },
  };
}

/**
 * Lets every carrier have the finished run. Comes last of all: nothing that one does or fails to do can change what
 * was decided. `clean` takes secrets out of what is printed.
 */
export async function carryAway(
  run: FinishedRun,
  carriers: readonly Carrier[],
  { outputs, clean }: { readonly outputs: OutputFile; readonly clean: (text: string) => string },
): Promise<void> {
  for (const { title, output, carry } of carriers) {
    try {
      const address = await carry(run);
      if (address === undefined) continue;
      info(`${title}: ${clean(address)}`);
      if (!outputs.set(output, address)) warning(`GITHUB_OUTPUT lacks ${output}: ${outputs.failure?.message}.`);
    } catch (error) {
      warning(
        `${title} failed: ${clean((error as Error).message)} What was decided stands; the evidence is on GitHub.`,
      );
    }
  }
}

/** Undefined where GitHub has no evidence of the run: then nobody was told of it either. */
export function finishedRun(result: ModeResult, { context }: RunnerEnvironment): FinishedRun | undefined {
  const { view, artifact, outcome, evidence } = result;
  if (view?.artifact === undefined || artifact === undefined) return undefined;
  const { repository, runId, runAttempt } = context;
  const named = { ...artifact, name: view.artifact.name };
  return { repository, pullRequest: view.pullRequest, runId, runAttempt, outcome, evidence, artifact: named };
}
