import { createHash, generateKeyPairSync } from "node:crypto";
import {
  fulcioHandler,
  initializeCA,
  initializeCTLog,
  initializeTLog,
  initializeTSA,
  rekorHandler,
  tsaHandler,
} from "@sigstore/mock";
import { HashAlgorithm, PublicKeyDetails, TrustedRoot } from "@sigstore/protobuf-specs";

export interface Reply {
  readonly statusCode: number;
  readonly response: string | ArrayBufferView;
  readonly contentType?: string;
}

/** Answers a POST: the body in, the reply out. */
export type Handler = (body: string) => Promise<Reply>;

/** One Sigstore instance: who certifies, who dates, and what a verifier has to trust for it. */
export interface Instance {
  /** By host name without the domain, and path. */
  readonly handlers: ReadonlyMap<string, Handler>;
  /** A line of what `gh attestation trusted-root` prints. */
  readonly trustedRoot: string;
}

const keyPair = () => generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const bytesOf = (view: ArrayBufferView) => Buffer.from(view.buffer, view.byteOffset, view.byteLength);
const certified = (...chain: readonly ArrayBufferView[]) => ({
  subject: { commonName: "double", organization: "double" },
  uri: "https://double.invalid",
  // Empty, and so left out: `gh` of 2025 knows no such field.
  operator: "",
  validFor: { start: new Date(0), end: undefined },
  certChain: { certificates: chain.map((each) => ({ rawBytes: bytesOf(each) })) },
});
const logged = (baseUrl: string, publicKey: Buffer, keyId: Buffer) => ({
  baseUrl,
  hashAlgorithm: HashAlgorithm.SHA2_256,
  logId: { keyId },
  checkpointKeyId: undefined,
  operator: "",
  publicKey: {
    rawBytes: publicKey,
    keyDetails: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256,
    validFor: { start: new Date(0), end: undefined },
  },
});

function rootOf(parts: Pick<TrustedRoot, "certificateAuthorities"> & Partial<TrustedRoot>): string {
  const mediaType = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
  return JSON.stringify(
    TrustedRoot.toJSON({ mediaType, tlogs: [], ctlogs: [], timestampAuthorities: [], ...parts } as TrustedRoot),
  );
}

/** As Sigstore's public instance: certificates are logged, and so are signatures, which dates them. */
export async function openPublicInstance(): Promise<Instance> {
  const ctLog = await initializeCTLog(keyPair());
  const ca = await initializeCA(keyPair(), ctLog);
  const url = "https://rekor.sigstore.dev";
  const tlog = await initializeTLog(url, keyPair());
  const fulcio = fulcioHandler(ca, { subjectClaim: SUBJECT_CLAIM });
  const rekor = rekorHandler(tlog);
  const logId = createHash("sha256").update(tlog.publicKey).digest();
  return {
    handlers: new Map<string, Handler>([
      [`fulcio${fulcio.path}`, fulcio.fn],
      [`rekor${rekor.path}`, (body) => rekor.fn(JSON.stringify(entryOf(JSON.parse(body))))],
    ]),
    trustedRoot: rootOf({
      certificateAuthorities: [certified(ca.rootCertificate)],
      tlogs: [logged(url, tlog.publicKey, logId)],
      ctlogs: [logged("https://ctfe.sigstore.dev", ctLog.publicKey, bytesOf(ctLog.logID))],
    }),
  };
}

/** As GitHub's own instance for private repositories: no logs, a timestamp. */
export async function openGitHubInstance(): Promise<Instance> {
  const ca = await initializeCA(keyPair());
  const tsa = await initializeTSA(keyPair());
  const fulcio = fulcioHandler(ca, { subjectClaim: SUBJECT_CLAIM });
  const timestamp = tsaHandler(tsa);
  return {
    handlers: new Map<string, Handler>([
      [`fulcio${fulcio.path}`, fulcio.fn],
      [`timestamp${timestamp.path}`, timestamp.fn],
    ]),
    trustedRoot: rootOf({
      certificateAuthorities: [certified(ca.rootCertificate)],
      timestampAuthorities: [certified(tsa.intCertificate, tsa.rootCertificate)],
    }),
  };
}

/** Where the double's identity puts what Fulcio makes the certificate's name of: GitHub's own claim has no scheme. */
export const SUBJECT_CLAIM = "certificate_name";

/** Sigstore's published fake logs what is proposed; the real log keeps digests and signatures of an envelope. */
function entryOf(proposed: {
  readonly kind: string;
  readonly spec: { readonly proposedContent: { readonly envelope: string; readonly verifiers: readonly string[] } };
}): object {
  if (proposed.kind !== "dsse") throw new Error(`The double logs envelopes, got ${proposed.kind}.`);
  const { envelope, verifiers } = proposed.spec.proposedContent;
  const { payload, signatures } = JSON.parse(envelope) as { payload: string; signatures: { sig: string }[] };
  const hash = (bytes: Buffer | string) => ({
    algorithm: "sha256",
    value: createHash("sha256").update(bytes).digest("hex"),
  });
  return {
    apiVersion: "0.0.1",
    kind: "dsse",
    spec: {
      envelopeHash: hash(envelope),
      payloadHash: hash(Buffer.from(payload, "base64")),
      signatures: signatures.map(({ sig }, index) => ({ signature: sig, verifier: verifiers[index] })),
    },
  };
}
