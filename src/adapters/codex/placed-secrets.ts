import { isVaried } from "./drawn-text.ts";
import type { SecretForm } from "./secret-form.ts";

/** What documentation and shells write in place of a password. */
const PLACEHOLDER =
  /^(?:[$<{[(*%.#]|x{3}|\*+$|pass(?:w(?:or)?d)?$|secret$|token$|postgres$|root$|admin$|user(?:name)?$|mysql$|guest$|test$|example|changeme|your|my[-_]?pass|redacted)/i;

/** A password without its place is any word, so what documentation writes there is left alone. */
const isPassword = (text: string): boolean => !PLACEHOLDER.test(text);

const both = (...words: readonly string[]): readonly string[] =>
  words.flatMap((word) => [word, word.toLowerCase(), word.toUpperCase()]);

/** Between a setting's name and its value: `=`, `: `, `"…": "`. */
const IS = String.raw`["']?\s{0,8}(?:=>|:=|[:=])\s{0,8}["']?`;

/** Secrets that only their place tells: the value of a setting, the password of an address. */
export const PLACED_SECRETS: readonly SecretForm[] = [
  {
    kind: "aws-secret",
    starts: both("Secret", "SecretAccessKey"),
    whole: new RegExp(
      String.raw`secret_?(?:access_?)?key(?:_id)?${IS}(?<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])`,
      "iy",
    ),
    complete: 40,
    isFixed: true,
    isSecret: (text) => isVaried(text) && /[a-z]/.test(text) && /[A-Z]/.test(text),
  },
  {
    kind: "aws-session-token",
    starts: both("Session"),
    whole: new RegExp(`session_?token${IS}(?<secret>[A-Za-z0-9/+]{80,2000}={0,2})`, "iy"),
    complete: 100,
  },
  {
    kind: "authorization",
    starts: both("Authorization"),
    whole:
      /authorization["']?\s{0,8}[:=]\s{0,8}["']?(?:basic|bearer|token)\s{1,8}(?<secret>[A-Za-z0-9+/._~-]{12,2000}={0,2})/iy,
    complete: 24,
    isSecret: (text) => isPassword(text) && isVaried(text),
  },
  {
    kind: "registry-token",
    starts: ["_authToken", "_auth=", "_password="],
    whole: /_(?:authToken|auth|password)\s{0,8}=\s{0,8}["']?(?<secret>[^\s"'$<{[]{8,400})/y,
    complete: 20,
    isSecret: isPassword,
  },
  {
    kind: "azure-signature",
    starts: ["sig="],
    whole: /sig=(?<secret>(?:[A-Za-z0-9+/]|%2[BbFf]){42,43}(?:=|%3[Dd]))/y,
    complete: 44,
    isFixed: true,
    isSecret: isVaried,
  },
  {
    kind: "azure-key",
    starts: ["AccountKey", "SharedAccessKey", "accountkey", "sharedaccesskey"],
    whole: /(?:accountkey|sharedaccesskey)\s{0,4}=\s{0,4}(?<secret>[A-Za-z0-9+/]{40,90}={0,2})/iy,
    complete: 44,
    isSecret: isVaried,
  },
  {
    kind: "password",
    starts: both("Password", "Pwd"),
    // A connection string: other settings stand before or behind it, separated by a semicolon.
    whole: /(?:password|pwd)\s?=\s?(?<secret>[^\s;"'`$<>{}()[\],&|]{6,200})(?=;)/iy,
    complete: Number.POSITIVE_INFINITY,
    isSecret: isPassword,
  },
  {
    kind: "password",
    starts: ["://"],
    whole: /:\/\/[^\s/:@"'`<>?#]{0,100}:(?<secret>[^\s/@"'`<>?#:]{6,300})@(?=[A-Za-z0-9[])/y,
    complete: Number.POSITIVE_INFINITY,
    isSecret: isPassword,
  },
  {
    kind: "password",
    starts: ["login "],
    whole: /login\s+\S{1,100}\s+password\s+(?<secret>\S{6,300})/y,
    complete: 8,
    isSecret: isPassword,
  },
];
