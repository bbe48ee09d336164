// Signs the story of a bundle in a process of its own and prints the Sigstore bundle.
import { sign } from "../../../src/adapters/attestation/signing.ts";
import { attestedOf } from "../../../src/governance/attestation.ts";
import { digestOf } from "../../../src/governance/digest.ts";
import { bundleOf } from "../../governance/audit-bundles.ts";

const attested = attestedOf(bundleOf(), { id: 1001, digest: digestOf("zip") });
if (attested === undefined) throw new Error("The story is expected to end with an execution.");
process.stdout.write(JSON.stringify(await sign(attested, 60_000)));
