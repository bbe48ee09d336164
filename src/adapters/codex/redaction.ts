import { PlainView } from "./plain-view.ts";

interface Form {
  readonly kind: string;
  /** Where such a secret may begin. */
  readonly start: RegExp;
  /** The secret, from there on. Sticky, and tried once for each stretch of text: the search stays linear. */
  readonly whole: RegExp;
  /**
   * What every try from within one stretch of text would read again. Sticky; where one try fails, all of that stretch
   * do, so it is left out: thousands of beginnings in a row must not be read to the same end thousands of times.
   */
  readonly stretch?: RegExp;
  /** What must not stand before the beginning. */
  readonly before?: RegExp;
  /** What the secret must have somewhere, so that ordinary words are left alone. */
  readonly has?: RegExp;
}

/** Forms of secrets that are recognised by their look. */
const FORMS: readonly Form[] = [
  {
    kind: "pem",
    start: /-----BEGIN /g,
    whole: /-----BEGIN [A-Z0-9 ]{1,60}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,60}-----|$)/y,
  },
  {
    kind: "github-token",
    start: /github_pat_|gh[pousr]_/g,
    whole: /github_pat_[A-Za-z0-9_]{16,}|gh[pousr]_[A-Za-z0-9_.-]{16,}/y,
  },
  { kind: "slack-token", start: /xox[a-z]-|xapp-/g, whole: /xox[a-z]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}/y },
  {
    kind: "slack-webhook",
    start: /hooks\.slack\.com\//g,
    whole: /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_-]+/y,
  },
  { kind: "aws-key", start: /AKIA|ASIA/g, whole: /(?:AKIA|ASIA)[A-Z0-9]{16}/y },
  {
    kind: "jwt",
    start: /eyJ/g,
    before: /[A-Za-z0-9_-]/,
    stretch: /[A-Za-z0-9_-]*/y,
    whole: /eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?/y,
  },
  {
    kind: "api-key",
    start: /sk-/g,
    before: /[A-Za-z]/,
    whole: /sk-[A-Za-z0-9_-]{12,}/y,
    // `docs/sk-learn-v2-for-beginners.md` is the name of a file.
    has: /[A-Z]|(?:\d\D*){4}/,
  },
];

/** A text without any of these has nothing to be found or decoded: most texts are done with at a glance. */
const SUSPICIOUS =
  /-----|github_pat_|gh[pousr]_|xox[a-z]-|xapp-|hooks\.slack|AKIA|ASIA|eyJ|sk-|[\\\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/v;

/** Shorter values would hit ordinary words. */
const SHORTEST_SECRET = 6;

interface Found {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  /** A block without its end. */
  readonly isOpen?: boolean;
}

/**
 * Text without secrets: the given values, and everything that looks like an API key, a GitHub, AWS or Slack
 * token, a JWT or a PEM block, also when escapes, colours, invisible characters or line ends split it. What is
 * encoded as a whole (base64, percent signs) is not recognised: this is the second wall, the first is that the
 * agent does not get a secret. Pure.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  if (!SUSPICIOUS.test(text) && !secrets.some((secret) => text.includes(secret))) return text;
  const view = new PlainView(text);
  const inView = findAll(view.text, secrets, (index) => view.isSeam(index)).map(({ kind, start, end }) => ({
    kind,
    start: view.originOf(start),
    end: view.endOf(end - 1),
  }));
  // A terminal's sequence may swallow the beginning of a secret that stands there in plain.
  const asIs = view.text === text ? [] : findAll(text, secrets, () => false).filter((one) => !isOpenTwin(one, inView));
  let clean = "";
  let shown = 0;
  for (const { kind, start, end } of [...inView, ...asIs].sort((a, b) => a.start - b.start)) {
    if (end <= shown) continue;
    // What overlaps the last find becomes part of it.
    if (start >= shown) clean += `${text.slice(shown, start)}[redacted:${kind}]`;
    shown = end;
  }
  return clean + text.slice(shown);
}

/** A block whose end is not to be seen here, but in the view: it does not take the rest of the text with it. */
function isOpenTwin({ start, isOpen }: Found, inView: readonly Found[]): boolean {
  return isOpen === true && inView.some((twin) => twin.start <= start && start < twin.end);
}

function findAll(text: string, secrets: readonly string[], isSeam: (index: number) => boolean): readonly Found[] {
  return [
    ...secrets.filter(({ length }) => length >= SHORTEST_SECRET).flatMap((secret) => findValue(text, secret)),
    ...FORMS.flatMap((form) => findForm(text, form, isSeam)),
    ...findBlockEnds(text),
  ];
}

/** The same for an answer in JSON: each of its strings is cleaned by itself, so that it stays JSON. */
export function redactJson(text: string, secrets: readonly string[] = []): string {
  try {
    const value: unknown = JSON.parse(text);
    const clean = cleanValue(value, (part) => redact(part, secrets));
    return clean === value ? text : JSON.stringify(clean);
  } catch {
    // No JSON, or nested so deeply that nobody can read it.
    return redact(text, secrets);
  }
}

/** The value itself where there is nothing to clean: an answer of megabytes is not built anew. */
function cleanValue(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === "string") return clean(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const entries = value.map((entry) => cleanValue(entry, clean));
    return entries.every((entry, index) => entry === value[index]) ? value : entries;
  }
  const before = Object.entries(value);
  const after = before.map(([key, entry]) => [clean(key), cleanValue(entry, clean)] as const);
  const isSame = after.every(([key, entry], index) => key === before[index]?.[0] && entry === before[index]?.[1]);
  return isSame ? value : Object.fromEntries(after);
}

function findValue(text: string, secret: string): readonly Found[] {
  const found: Found[] = [];
  for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + secret.length)) {
    found.push({ kind: "secret", start: at, end: at + secret.length });
  }
  return found;
}

function findForm(
  text: string,
  { kind, start, whole, stretch, before, has }: Form,
  isSeam: (index: number) => boolean,
): readonly Found[] {
  const found: Found[] = [];
  let looked = 0;
  for (const { index } of text.matchAll(start)) {
    if (index < looked) continue;
    if (before?.test(text.charAt(index - 1)) && !isSeam(index)) continue;
    whole.lastIndex = index;
    const secret = whole.exec(text)?.[0];
    if (secret === undefined) {
      if (stretch === undefined) continue;
      stretch.lastIndex = index;
      looked = index + (stretch.exec(text)?.[0].length ?? 0);
      continue;
    }
    looked = index + secret.length;
    if (has?.test(secret) !== false)
      found.push({ kind, start: index, end: looked, isOpen: kind === "pem" && !secret.endsWith("-----") });
  }
  return found;
}

/** The ends of key blocks, with the lines above them: the beginning of an output may have been cut off. */
function findBlockEnds(text: string): readonly Found[] {
  const found: Found[] = [];
  let looked = 0;
  for (const { index, 0: end } of text.matchAll(/-----END [A-Z0-9 ]{1,60}-----/g)) {
    let start = index;
    while (start > looked && /[A-Za-z0-9+/=]/.test(text.charAt(start - 1))) start -= 1;
    looked = index + end.length;
    if (index - start >= 20) found.push({ kind: "pem", start, end: looked });
  }
  return found;
}
