const join = (...parts: string[]): string => parts.join("");

const PEM_BODY = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\nAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUx";

/** One secret of each kind that is known by its look. Put together here, so that no scanner takes the tests for a leak. */
export const SECRETS: readonly { readonly kind: string; readonly text: string }[] = [
  { kind: "api key", text: join("sk-", "proj-q7RtB2mXw9_LkZ4vN8sYc1Hd-G5pJ") },
  ...["ghp", "gho", "ghu", "ghs", "ghr"].map((kind) => ({
    kind: `token ${kind}`,
    text: join(kind, "_", "q7RtB2mXw9LkZ4vN8sYc1HdG5pJa3TfW6eUo"),
  })),
  { kind: "fine-grained token", text: join("github_pat_", "11AQ7RTBI0mXw9LkZ4vN8s_Yc1HdG5pJa3TfW6eUoB2x") },
  { kind: "AWS key", text: join("AKIA", "Q7RTB2MXW5LKZ4VN") },
  { kind: "temporary AWS key", text: join("ASIA", "Q7RTB2MXW5LKZ4VN") },
  { kind: "Slack token", text: join("xox", "b-1234567890-8Yc1HdG5pJa3TfW6eUoB2x") },
  { kind: "Slack app token", text: join("xapp-", "1-A0B7Q2M4K9-1234567890123-4f0a9c27e1") },
  { kind: "Slack webhook", text: join("hooks.slack.com/", "services/T04QX7M2K/B05RW8N3L/q7RtB2mXw9LkZ4vN8sYc1HdG") },
  {
    kind: "web token",
    text: join("eyJ", "hbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxMjM0In0.", "q7RtB2mXw9LkZ4vN8sYc1HdG5pJa3TfW6eUoB2xZ4vN"),
  },
  {
    kind: "key block",
    text: join("-----BEGIN ", `OPENSSH PRIVATE KEY-----\n${PEM_BODY}\n-----END OPENSSH PRIVATE KEY-----`),
  },
  { kind: "key block without an end", text: join("-----BEGIN ", "RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA") },
];
