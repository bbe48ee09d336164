import { unprocessable } from "./failure.ts";
import type { AttestationRecord } from "./records.ts";
import type { Call, Route } from "./route.ts";

interface AttestationBody {
  readonly bundle: { readonly dsseEnvelope?: { readonly payload?: string } };
}

/** GitHub files an attestation under the digests of its subjects, and looks at nothing else of it. */
function createAttestation(call: Call): AttestationRecord {
  const { bundle } = call.body<AttestationBody>();
  const { subject, predicateType } = statementIn(bundle.dsseEnvelope?.payload ?? "");
  const digests = (subject ?? []).flatMap(({ digest }) => (digest?.sha256 ? [`sha256:${digest.sha256}`] : []));
  if (digests.length === 0 || predicateType === undefined) throw unprocessable("The bundle has no in-toto statement.");
  const record = { id: call.state.nextId("attestation", 7_000_001), predicateType, digests, bundle };
  call.state.attestations.push(record);
  return record;
}

function statementIn(payload: string): {
  readonly subject?: readonly { readonly digest?: { readonly sha256?: string } }[];
  readonly predicateType?: string;
} {
  try {
    return JSON.parse(Buffer.from(payload, "base64").toString());
  } catch {
    return {};
  }
}

export const attestationRoutes: readonly Route[] = [
  {
    operation: "POST /repos/{owner}/{repo}/attestations",
    needs: [["attestations", "write"]],
    handle: (call) => ({ status: 201, body: { id: createAttestation(call).id } }),
  },
];
