const join = (...parts: string[]): string => parts.join("");

const PEM_BODY = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\nAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUx";

/** One secret of each kind that is known by its look. Put together here, so that no scanner takes the tests for a leak. */
export const SECRETS: readonly { readonly kind: string; readonly text: string }[] = [
  { kind: "api key", text: join("sk-", "proj-abcdEFGH1234_5678-abcd") },
  ...["ghp", "gho", "ghu", "ghs", "ghr"].map((kind) => ({
    kind: `token ${kind}`,
    text: join(kind, "_", "0123456789abcdefghijABCDEFGHIJ012345"),
  })),
  { kind: "fine-grained token", text: join("github_pat_", "11ABCDEFG0123456789_abcdefghijklmnop") },
  { kind: "AWS key", text: join("AKIA", "ABCDEFGHIJKLMNOP") },
  { kind: "temporary AWS key", text: join("ASIA", "ABCDEFGHIJKLMNOP") },
  { kind: "Slack token", text: join("xox", "b-1234567890-abcdefghij") },
  { kind: "Slack app token", text: join("xapp-", "1-A0123456789-abcdef") },
  { kind: "Slack webhook", text: join("hooks.slack.com/", "services/T00000000/B00000000/abcdefghijklmnop") },
  { kind: "web token", text: join("eyJ", "hbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxMjM0In0.", "c2lnbmF0dXJlLWJ5dGVz") },
  {
    kind: "key block",
    text: join("-----BEGIN ", `OPENSSH PRIVATE KEY-----\n${PEM_BODY}\n-----END OPENSSH PRIVATE KEY-----`),
  },
  { kind: "key block without an end", text: join("-----BEGIN ", "RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA") },
];
