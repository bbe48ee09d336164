/** Draws the same numbers every time. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface GeneratedSecret {
  readonly kind: string;
  /** With the place that tells it, such as the name of a setting. */
  readonly text: string;
  /** What nobody may see eight characters of. */
  readonly variable: string;
  /** Only the run knows that it is one. */
  readonly isOwn: boolean;
}

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER = UPPER.toLowerCase();
const DIGITS = "0123456789";
const B62 = UPPER + LOWER + DIGITS;
const B64 = `${B62}+/`;
const B64URL = `${B62}-_`;
const HEX = `${DIGITS}abcdef`;

type Draw = (alphabet: string, length: number) => string;
type Parts = readonly [before: string, variable: string, after?: string];

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const lines = (text: string, width: number): string => text.replace(new RegExp(`.{${width}}(?=.)`, "g"), "$&\n");

/** What providers hand out. Prefixes are put together here, so that no scanner takes the tests for a leak. */
const KINDS: Readonly<Record<string, (draw: Draw) => Parts>> = {
  openai: (draw) => ["sk" + "-", `${draw(B62, 20)}T3BlbkFJ${draw(B62, 20)}`],
  "openai project": (draw) => ["sk" + "-proj-", `${draw(B64URL, 74)}T3BlbkFJ${draw(B64URL, 74)}`],
  "openai service account": (draw) => ["sk" + "-svcacct-", draw(B64URL, 120)],
  anthropic: (draw) => ["sk" + "-ant-api03-", `${draw(B64URL, 93)}AA`],
  openrouter: (draw) => ["sk" + "-or-v1-", draw(HEX, 64)],
  deepseek: (draw) => ["sk" + "-", draw(HEX, 32)],
  "github classic": (draw) => ["gh" + "p_", draw(B62, 36)],
  "github oauth": (draw) => ["gh" + "o_", draw(B62, 36)],
  "github app": (draw) => ["gh" + "s_", draw(B62, 36)],
  "github user": (draw) => ["gh" + "u_", draw(B62, 36)],
  "github refresh": (draw) => ["gh" + "r_", draw(B62, 76)],
  "github fine-grained": (draw) => ["github" + "_pat_", `${draw(B62, 22)}_${draw(B62, 59)}`],
  "aws id": (draw) => ["AK" + "IA", draw(`${UPPER}234567`, 16)],
  "aws temporary id": (draw) => ["AS" + "IA", draw(`${UPPER}234567`, 16)],
  "aws secret": (draw) => ["aws_secret_access_key = ", draw(B64, 40)],
  "google api": (draw) => ["AI" + "za", draw(B64URL, 35)],
  "google client": (draw) => ["GOC" + "SPX-", draw(B64URL, 28)],
  "slack bot": (draw) => ["xo" + "xb-", `${draw(DIGITS, 12)}-${draw(DIGITS, 13)}-${draw(B62, 24)}`],
  "slack app": (draw) => ["xa" + "pp-1-", `A${draw(UPPER + DIGITS, 10)}-${draw(DIGITS, 13)}-${draw(HEX, 64)}`],
  "slack webhook": (draw) => [
    "https://hooks.sl" + "ack.com/services/",
    `T${draw(UPPER + DIGITS, 10)}/B${draw(UPPER + DIGITS, 10)}/${draw(B62, 24)}`,
  ],
  npm: (draw) => ["np" + "m_", draw(B62, 36)],
  "npm legacy": (draw) => ["//npm.example.com/:_authToken=", draw(HEX, 36)],
  pypi: (draw) => ["py" + "pi-AgEIcHlwaS5vcmc", draw(B64URL, 150)],
  stripe: (draw) => ["sk" + "_live_", draw(B62, 99)],
  gitlab: (draw) => ["gl" + "pat-", `${draw(B64URL, 17)}3Qz`],
  jwt: (draw) => [
    "",
    `${base64url({ alg: "HS256", typ: "JWT" })}.${base64url({ sub: draw(DIGITS, 10), name: draw(LOWER, 9) })}.${draw(B64URL, 43)}`,
  ],
  huggingface: (draw) => ["hf" + "_", draw(UPPER + LOWER, 34)],
  sendgrid: (draw) => ["S" + "G.", `${draw(B64URL, 22)}.${draw(B64URL, 43)}`],
  twilio: (draw) => ["S" + "K", draw(HEX, 32)],
  docker: (draw) => ["dckr" + "_pat_", draw(B64URL, 27)],
  databricks: (draw) => ["da" + "pi", draw(HEX, 32)],
  vault: (draw) => ["hv" + "s.", draw(B64URL, 95)],
  age: (draw) => ["AGE-SECRET" + "-KEY-1", draw("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)],
  digitalocean: (draw) => ["do" + "p_v1_", draw(HEX, 64)],
  "azure signature": (draw) => ["https://acct.blob.core.windows.net/c?sv=2024-11-04&sp=r&sig=", `${draw(B64, 43)}=`],
  "azure account key": (draw) => [
    "AccountName=acct;AccountKey=",
    `${draw(B64, 86)}==`,
    ";EndpointSuffix=core.windows.net",
  ],
  "database address": (draw) => ["postgres://app:", draw(B62, 24), "@db.internal:5432/app"],
  "sql server": (draw) => ["Server=db;User Id=app;Password=", draw(B62, 20), ";Encrypt=true"],
  "authorization header": (draw) => ["Authorization: Bearer ", draw(B64URL, 60)],
  "rsa key": (draw) => [
    "-----BEGIN RSA PRIV" + "ATE KEY-----\n",
    lines(`${draw(B64, 830)}==`, 64),
    "\n-----END RSA PRIV" + "ATE KEY-----",
  ],
  "openssh key": (draw) => [
    "-----BEGIN OPENSSH PRIV" + "ATE KEY-----\n",
    lines(draw(B64, 350), 70),
    "\n-----END OPENSSH PRIV" + "ATE KEY-----",
  ],
};

/** Values that nothing tells from other words: they are inputs or variables of the run. */
const OWN: Readonly<Record<string, (draw: Draw) => Parts>> = {
  "own token": (draw) => ["gh" + "s_", draw(B62, 36)],
  "own key": (draw) => ["sk" + "-proj-", draw(B64URL, 100)],
  "own small letters": (draw) => ["", draw(LOWER, 20)],
  "own hex": (draw) => ["", draw(HEX, 40)],
  "own phrase with signs": (draw) => [
    "",
    `${draw(LOWER, 9)}+${draw(B62, 8)}%41&amp;\\n${draw(B62, 9)}/${draw(LOWER, 7)}=`,
  ],
  "own lines": (draw) => ["", lines(draw(B64, 190), 48)],
};

/** `count` secrets, all kinds in turn; the same for the same seed. */
export function generateSecrets(count: number, seed: number): readonly GeneratedSecret[] {
  const random = seededRandom(seed);
  const draw: Draw = (alphabet, length) =>
    Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join("");
  const kinds = [...Object.entries(KINDS), ...Object.entries(OWN)];
  return Array.from({ length: count }, (_, index) => {
    const [kind, make] = kinds[index % kinds.length] as (typeof kinds)[number];
    const [before, variable, after = ""] = make(draw);
    return { kind, text: `${before}${variable}${after}`, variable, isOwn: kind in OWN };
  });
}
