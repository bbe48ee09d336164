// The adapter in a process of its own: proxy and trusted roots are what a process is started with. Reads the run and
// the options from standard input and prints what came of it as JSON.
import { text } from "node:stream/consumers";
import { createAttestation } from "../../../src/adapters/attestation/attestation.ts";
import type { GovernanceError } from "../../../src/governance/errors.ts";

const { run, options } = JSON.parse(await text(process.stdin));
const evidence = new Map(
  Object.entries<string>(run.evidence).map(([name, bytes]) => [name, Buffer.from(bytes, "base64")]),
);
const log: string[] = [];
const carry = createAttestation({ ...options, environment: process.env, log: (line: string) => log.push(line) });
const result = await carry({ ...run, evidence }).then(
  (address) => ({ address }),
  (error: GovernanceError) => ({ failure: { name: error.name, code: error.code, message: error.message } }),
);
process.stdout.write(JSON.stringify({ ...result, log }));
process.exit();
