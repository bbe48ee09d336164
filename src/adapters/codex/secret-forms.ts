import { isVaried, looksDrawn, transitionsOf } from "./drawn-text.ts";
import { PLACED_SECRETS } from "./placed-secrets.ts";
import type { SecretForm } from "./secret-form.ts";

const hasDigit = (text: string): boolean => /[0-9]/.test(text) && isVaried(text);

/**
 * `sk-` is also the Slovak language, and `sk-learn`. A key has its provider's word after it, or at once 20 characters or
 * more that were drawn; inside of a word (`task-`) only the latter counts.
 */
function isApiKey(text: string, isInWord: boolean): boolean {
  if (!/[0-9]/.test(text)) return false;
  const named = /^sk-(?:proj|svcacct|None|ant-[a-z]+[0-9]*|or-v1)-(.*)$/s.exec(text)?.[1];
  if (named !== undefined && !isInWord && isNamedKey(named)) return true;
  return text.split(/[-_]/).some((part, index) => part.length >= 20 && isKeyPart(part, index === 1 && !isInWord));
}

const isNamedKey = (text: string): boolean =>
  isVaried(text) &&
  ((text.length >= 40 && looksDrawn(text)) ||
    text.split(/[-_]/).some((part) => part.length >= 12 && /[0-9]/.test(part) && transitionsOf(part) >= 2));

/** The small letters and digits of a hash are a key only right after `sk-`. */
function isKeyPart(part: string, isFirst: boolean): boolean {
  if (!isVaried(part) || !/[0-9]/.test(part)) return false;
  return /[a-z]/.test(part) && /[A-Z]/.test(part) ? transitionsOf(part) >= 5 : isFirst && transitionsOf(part) >= 4;
}

function isWebToken(text: string): boolean {
  const header = Buffer.from(text.split(".")[0] as string, "base64url").toString("latin1");
  return /^\{\s*"/.test(header) && /"(?:alg|typ|enc|kid|cty)"/.test(header);
}

/** Prefix, what follows it, and how long a whole one is at least. */
type Row = readonly [
  kind: string,
  starts: readonly string[],
  body: string,
  complete: number,
  more?: Partial<SecretForm>,
];

const B62 = "[A-Za-z0-9]";
const B64URL = "[A-Za-z0-9_-]";
const HEX = "[0-9a-f]";

const ROWS: readonly Row[] = [
  ["github-token", ["ghp_", "gho_", "ghu_"], `${B62}{36,255}`, 40, { isFixed: true }],
  ["github-token", ["ghr_"], `${B62}{36,255}`, 40],
  ["github-token", ["ghs_"], `(?:[0-9]{1,20}_eyJ[A-Za-z0-9_.-]{20,2000}|${B62}{36,255})`, 40],
  ["github-token", ["github_pat_"], "[A-Za-z0-9_]{20,255}", 40],
  [
    "slack-token",
    ["xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-", "xoxe-", "xoxo-", "xoxc-", "xoxd-", "xapp-"],
    "[A-Za-z0-9%-]{10,400}",
    24,
    { isSecret: (text) => hasDigit(text.slice(5)) },
  ],
  ["slack-token", ["xoxe.xox"], "[bp]-[0-9]-[A-Za-z0-9]{20,400}", 60],
  [
    "slack-webhook",
    ["hooks.slack.com/"],
    "(?:services|workflows|triggers)/[A-Za-z0-9/_-]{8,200}",
    40,
    { isSecret: (text) => /[0-9]/.test(text) },
  ],
  [
    "aws-key",
    ["AKIA", "ASIA", "ABIA", "ACCA"],
    "(?:(?=[A-Z2-7]{0,15}[2-7])[A-Z2-7]{16}|[A-Z0-9]{16}(?![A-Za-z0-9]))",
    20,
    { isFixed: true, isSecret: (text) => /[0-9]/.test(text) || new Set(text).size >= 10 },
  ],
  ["google-key", ["AIza"], `${B64URL}{35}`, 39, { isFixed: true }],
  ["google-key", ["GOCSPX-"], `${B64URL}{28}`, 35, { isFixed: true }],
  ["google-token", ["ya29."], `${B64URL}{30,1000}`, 40],
  ["npm-token", ["npm_"], `${B62}{36}`, 40, { isFixed: true }],
  ["pypi-token", ["pypi-Ag"], `${B64URL}{50,1000}`, 60],
  ["rubygems-key", ["rubygems_"], `${HEX}{48}`, 57, { isFixed: true }],
  ["stripe-key", ["sk_live_", "sk_test_", "rk_live_", "rk_test_"], `${B62}{16,250}`, 32],
  ["stripe-key", ["whsec_"], "[A-Za-z0-9+/]{24,100}={0,2}", 38],
  [
    "gitlab-token",
    ["glpat-", "gldt-", "glrt-", "glptt-", "glft-", "glimt-", "glagent-", "gloas-", "glsoat-", "glcbt-", "glffct-"],
    "[A-Za-z0-9_.-]{20,300}",
    26,
    { isSecret: (text) => /[0-9]/.test(text) && /[A-Z]|[0-9][a-z]+[0-9]/.test(text.slice(6)) },
  ],
  [
    "huggingface-token",
    ["hf_", "api_org_"],
    `${B62}{34}`,
    37,
    { isFixed: true, isWord: true, isSecret: (text) => /[a-z]/.test(text.slice(3)) && /[A-Z]/.test(text) },
  ],
  ["sendgrid-key", ["SG."], String.raw`${B64URL}{16,32}\.${B64URL}{32,64}`, 69, { isFixed: true, isWord: true }],
  [
    "twilio-key",
    [..."0123456789abcdef"].map((digit) => `SK${digit}`),
    `${HEX}{31}(?![0-9a-zA-Z])`,
    34,
    { isFixed: true, isWord: true },
  ],
  ["docker-token", ["dckr_pat_", "dckr_oat_"], `${B64URL}{27,40}`, 36, { isFixed: true }],
  ["databricks-token", ["dapi"], `${HEX}{32}(?:-[0-9])?`, 36, { isFixed: true, isWord: true }],
  [
    "vault-token",
    ["hvs.", "hvb.", "hvr."],
    `${B64URL}{24,300}`,
    28,
    { isWord: true, isSecret: (text) => looksDrawn(text.slice(4, 60)) },
  ],
  ["age-key", ["AGE-SECRET-KEY-1"], "[A-Z0-9]{58}", 74, { isFixed: true }],
  ["age-key", ["AGE-PLUGIN-"], "[A-Z0-9]{2,40}-1[A-Z0-9]{20,200}", 40],
  ["digitalocean-token", ["dop_v1_", "doo_v1_", "dor_v1_"], `${HEX}{64}`, 71, { isFixed: true }],
  ["shopify-token", ["shpat_", "shpca_", "shppa_", "shpss_"], "[0-9a-fA-F]{32}", 38, { isFixed: true }],
  ["grafana-token", ["glsa_", "glc_"], "[A-Za-z0-9+/_]{32,400}={0,2}", 45],
  ["groq-key", ["gsk_"], `${B62}{48,60}`, 56, { isFixed: true }],
  ["xai-key", ["xai-"], `${B62}{64,90}`, 84, { isFixed: true }],
  ["perplexity-key", ["pplx-"], `${B62}{40,60}`, 53, { isFixed: true }],
  ["replicate-token", ["r8_"], `${B62}{37}`, 40, { isFixed: true, isWord: true }],
  ["linear-key", ["lin_api_"], `${B62}{40}`, 48, { isFixed: true }],
  ["notion-token", ["ntn_"], `${B62}{40,60}`, 50, { isFixed: true, isWord: true }],
  ["figma-token", ["figd_"], `${B64URL}{40,60}`, 45],
  ["postman-key", ["PMAK-"], `${HEX}{24}-${HEX}{34}`, 64, { isFixed: true }],
  ["newrelic-key", ["NRAK-"], "[A-Z0-9]{27}", 32, { isFixed: true }],
  ["sentry-token", ["sntrys_", "sntryu_"], "[A-Za-z0-9+/=_-]{40,400}", 48],
  [
    "atlassian-token",
    ["ATATT3", "ATCTT3", "ATBB"],
    "[A-Za-z0-9_=-]{28,400}",
    32,
    { isWord: true, isSecret: looksDrawn },
  ],
  ["supabase-token", ["sbp_"], `${HEX}{40}`, 44, { isFixed: true, isWord: true }],
  ["pulumi-token", ["pul-"], `${HEX}{40}`, 44, { isFixed: true, isWord: true }],
  ["doppler-token", ["dp.pt.", "dp.st.", "dp.ct.", "dp.sa."], "[A-Za-z0-9._-]{40,80}", 49],
  ["planetscale-token", ["pscale_tkn_", "pscale_pw_"], "[A-Za-z0-9._-]{32,64}", 43],
  ["buildkite-token", ["bkua_"], `${HEX}{40}`, 45, { isFixed: true }],
  ["telegram-token", [":AA"], `${B64URL}{33}(?![A-Za-z0-9_-])`, 36, { isFixed: true, isSecret: looksDrawn }],
];

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

/** Every form of a secret that is recognised by its look, but for blocks of PEM. */
export const SECRET_FORMS: readonly SecretForm[] = [
  {
    kind: "api-key",
    starts: ["sk-"],
    whole: /sk-[A-Za-z0-9_-]{20,250}/y,
    complete: 24,
    isSecret: isApiKey,
  },
  {
    kind: "jwt",
    starts: ["eyJ"],
    whole: /eyJ[A-Za-z0-9_-]{6,1000}\.[A-Za-z0-9_-]{6,4000}(?:\.[A-Za-z0-9_-]{0,2000}){0,3}/y,
    part: { characters: /[A-Za-z0-9_-]*/y, longest: 1_003, next: "." },
    complete: 40,
    isSecret: isWebToken,
  },
  ...ROWS.map(
    ([kind, starts, body, complete, more]): SecretForm => ({
      kind,
      starts,
      whole: new RegExp(`(?:${starts.map(escapePattern).join("|")})${body}`, "y"),
      complete,
      isSecret: isVaried,
      ...more,
    }),
  ),
  ...PLACED_SECRETS,
];
