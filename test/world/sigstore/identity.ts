import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";

/** The issuer that GitHub's tokens name. */
export const ISSUER = "https://token.actions.githubusercontent.com";

export interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly repository: string;
  readonly repository_id: string;
  readonly job_workflow_ref: string;
  readonly exp: number;
  readonly [claim: string]: string | number;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** GitHub's part that says who a job is: signs tokens, and can tell its own from others. */
export class IdentityProvider {
  readonly #key = generateKeyPairSync("ec", { namedCurve: "prime256v1" });

  issue(claims: Claims): string {
    const signed = `${encode({ alg: "ES256", typ: "JWT" })}.${encode(claims)}`;
    const key = createPrivateKey(this.#key.privateKey.export({ format: "pem", type: "pkcs8" }));
    return `${signed}.${sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
  }

  /** The claims of a token that is ours, for Sigstore and in time; undefined for every other. */
  read(token: string): Claims | undefined {
    const [header = "", payload = "", signature = ""] = token.split(".");
    const key = createPublicKey(this.#key.publicKey.export({ format: "pem", type: "spki" }));
    const bytes = Buffer.from(signature, "base64url");
    if (!verify("sha256", Buffer.from(`${header}.${payload}`), { key, dsaEncoding: "ieee-p1363" }, bytes))
      return undefined;
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Claims;
    return claims.aud === "sigstore" && claims.exp * 1000 > Date.now() ? claims : undefined;
  }
}

/** The same claims with one more, in a token that nobody has to believe. */
export function unsigned(claims: Readonly<Record<string, string | number>>): string {
  return `${encode({ alg: "none" })}.${encode(claims)}.`;
}
