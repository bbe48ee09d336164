import type { Audit, AuditStep } from "../governance/audit.ts";
import type { Finding } from "../governance/outcome.ts";
import { spellOutLine } from "../governance/visible.ts";
import type { AttestationProof } from "./attestation-proof.ts";

/** A bundle with what was found of it. */
export interface VerifiedBundle extends Audit {
  readonly path: string;
  /** Whether the commit is the one that the bundle claims. */
  readonly commit: "passed" | "failed" | "not checked";
  readonly attestation: AttestationProof;
}

const MARKS: Readonly<Record<AuditStep["status"], string>> = {
  passed: "ok  ",
  failed: "FAIL",
  "not applicable": "–   ",
  "not reached": "",
};

/** What was found, for people: one bundle in full, of many only what is wrong and the totals. */
export function renderReport(bundles: readonly VerifiedBundle[], forks: readonly Finding[]): string {
  const wrong = bundles.filter(({ finding }) => finding !== undefined);
  const shown = bundles.length === 1 ? bundles : wrong;
  const proved = bundles.filter(({ commit }) => commit === "passed").length;
  const isAsked = bundles.some(({ commit }) => commit !== "not checked");
  const commits = isAsked ? ` ${proved} of them with a commit that is theirs.` : "";
  const counted = `${bundles.length - wrong.length} of ${bundles.length} bundles are sound.${commits}`;
  return [
    ...shown.flatMap(renderBundle),
    ...forks.flatMap((fork) => ["FORKED", ...renderFinding(fork), ""]),
    ...(bundles.length === 1 ? [] : [counted, ""]),
  ].join("\n");
}

function renderBundle(bundle: VerifiedBundle): readonly string[] {
  const { path, steps, finding, commit, attestation } = bundle;
  const commitLine = commit === "not checked" ? [] : [`  ${MARKS[commit]} the commit is the one that this bundle made`];
  return [
    spellOutLine(path),
    ...steps.filter(({ status }) => status !== "not reached").map(renderStep),
    ...commitLine,
    ...renderAttestation(attestation),
    "",
    ...(finding ? ["NOT SOUND", ...renderFinding(finding)] : renderClaims(bundle)),
    "",
  ];
}

/** What it says and who signed it are told apart: the first alone is worth no more than the file it came from. */
function renderAttestation({ content, signature, signer }: AttestationProof): readonly string[] {
  if (content === "not checked") return [];
  const said = `  ${MARKS[content]} the attestation says what this bundle says`;
  if (content === "failed") return [said];
  if (signature === "not checked") {
    return [said, "  –    its signature was not proved: gh attestation verify, or --trusted-root"];
  }
  const signed = `  ${MARKS[signature]} its signature is valid, and of a workflow that may sign`;
  return [said, signed, ...(signer === undefined ? [] : [`         ${spellOutLine(signer)}`])];
}

function renderStep({ name, status, title, remark }: AuditStep): string {
  return `  ${MARKS[status]} ${remark ? `${name}: ${remark}` : title}`;
}

function renderFinding({ message, path, expected, got }: Finding): readonly string[] {
  return [
    `  ${spellOutLine(message)}`,
    ...renderField("path", path),
    ...renderField("expected", expected),
    ...renderField("got", got),
  ];
}

/** On a line of its own where a digest would not fit 80 columns beside its name. */
function renderField(name: string, value: string | undefined): readonly string[] {
  if (value === undefined) return [];
  const shown = spellOutLine(value);
  const line = `  ${name.padEnd(9)} ${shown}`;
  return line.length <= 80 ? [line] : [`  ${name}`, `    ${shown}`];
}

function renderClaims({ claims, commit }: VerifiedBundle): readonly string[] {
  if (claims === undefined) return [];
  const { stage, lastReason, repository, pullRequest, planDigest, requester, approver, journalHead } = claims;
  const people = [
    ...(requester === undefined ? [] : [`asked by ${requester}`]),
    ...(approver === undefined ? [] : [`approved by ${approver}`]),
  ];
  const unproved = claims.commit && commit === "not checked" ? " (prove it with --repo)" : "";
  return [
    `SOUND: ${stage}; its last word is ${lastReason}`,
    `  ${repository}#${pullRequest ?? "?"}${people.length > 0 ? `, ${people.join(", ")}` : ""}`,
    ...renderField("plan", planDigest),
    ...renderField("journal", journalHead),
    ...renderField("commit", claims.commit && `${claims.commit.sha}${unproved}`),
  ].map(spellOutLine);
}
