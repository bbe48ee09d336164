/**
 * Forms of secrets that are recognised by their look. The look-behinds keep the search linear: a run of
 * letters that only resembles a token is scanned once, not once for each of its characters.
 */
const FORMS: readonly (readonly [kind: string, form: RegExp])[] = [
  ["pem", /-----BEGIN [A-Z0-9 ]{1,60}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,60}-----|$)/g],
  ["github-token", /github_pat_[A-Za-z0-9_]{16,}|gh[pousr]_[A-Za-z0-9_.-]{16,}/g],
  ["slack-token", /xox[a-z]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}/g],
  ["slack-webhook", /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_-]+/g],
  ["aws-key", /(?:AKIA|ASIA)[A-Z0-9]{16}/g],
  ["jwt", /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?/g],
  ["api-key", /(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{12,}/g],
];

/** Shorter values would hit ordinary words. */
const SHORTEST_SECRET = 6;

/**
 * Text without secrets: the given values, and everything that looks like an API key, a GitHub, AWS or Slack
 * token, a JWT or a PEM block. Pure.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length >= SHORTEST_SECRET) clean = clean.replaceAll(secret, "[redacted:secret]");
  }
  for (const [kind, form] of FORMS) clean = clean.replace(form, `[redacted:${kind}]`);
  return clean;
}
