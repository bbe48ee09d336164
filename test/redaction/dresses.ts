/** One way to write a text so that a person or a program gets it back. `at` is a place inside of it. */
export interface Dress {
  readonly name: string;
  readonly put: (secret: string, at: number) => string;
}

const hex = (text: string): readonly string[] =>
  [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, "0"));
const json = (text: string): string => JSON.stringify(text).slice(1, -1);
const wrap = (text: string, width: number, between: string): string =>
  text.replace(new RegExp(`[^\\n]{${width}}(?=[^\\n])`, "g"), "$&\n").replaceAll("\n", between);
const each = (text: string, put: (one: string) => string): string => [...text].map(put).join("");
const unicode = (one: string): string => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;
const split = (text: string, at: number, between: string): string => `${text.slice(0, at)}${between}${text.slice(at)}`;
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const quotedPrintable = (text: string): string => {
  const units = [...text].map((one) => (/[A-Za-z0-9\n]/.test(one) ? one : `=${hex(one)[0]?.toUpperCase()}`));
  return units.map((unit, index) => (index % 60 === 59 ? `${unit}=\n` : unit)).join("");
};
const dressOf = (name: string, put: Dress["put"]): Dress => ({ name, put });

export const DRESSES: readonly Dress[] = [
  dressOf("a sentence", (text) => `The key is ${text} and that is that.`),
  dressOf("JSON behind a tab", (text) => JSON.stringify({ m: `a\t${text}` })),
  dressOf("JSON between line ends", (text) => JSON.stringify({ m: `a\n${text}\nb` })),
  dressOf("JSON's escapes throughout", (text) => `{"m":"${each(text, unicode)}"}`),
  dressOf("JSON in JSON", (text) => JSON.stringify({ m: JSON.stringify({ k: `a\t${text}` }) })),
  dressOf("JSON in JSON in JSON", (text) => JSON.stringify([JSON.stringify([JSON.stringify([`x\n${text}`])])])),
  dressOf(
    "an escaped slash and an escape",
    (text, at) =>
      `{"m":"${json(text.slice(0, at)).replaceAll("/", "\\/")}${unicode(text.charAt(at))}${json(text.slice(at + 1))}"}`,
  ),
  dressOf(
    "a shell's $'…' with bytes",
    (text) =>
      `echo $'${hex(text)
        .map((byte) => `\\x${byte}`)
        .join("")}'`,
  ),
  dressOf(
    "a shell's $'…' with octal bytes",
    (text) => `echo $'${[...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")}'`,
  ),
  dressOf("a shell's quotes that close and open", (text, at) => `KEY='${split(text, at, "''")}'`),
  dressOf("a shell's back-slashes", (text) => `echo ${each(text.replaceAll("\n", " "), (one) => `\\${one}`)}`),
  dressOf("two strings with a plus", (text, at) => `const key = "${split(text, at, '" + "')}";`),
  dressOf("strings on two lines", (text, at) => `key = '${split(text, at, "' +\n      '")}'`),
  dressOf("two strings with a dot", (text, at) => `$key = '${split(text, at, "' . '")}';`),
  dressOf("an array that is joined", (text, at) => `["${split(text, at, '","')}"].join("")`),
  dressOf(
    "percent signs",
    (text) =>
      `https://example.com/?k=${hex(text)
        .map((byte) => `%${byte}`)
        .join("")}&x=1`,
  ),
  dressOf(
    "percent signs twice",
    (text) => `/cb?u=${encodeURIComponent(encodeURIComponent(`https://example.com/?k=${text}`))}`,
  ),
  dressOf("decimal entities", (text) => `<b>${each(text, (one) => `&#${one.charCodeAt(0)};`)}</b>`),
  dressOf("escaped entities", (text) => `<b>${each(text, (one) => `&amp;#x${one.charCodeAt(0).toString(16)};`)}</b>`),
  dressOf("a colour", (text, at) => `\u001b[1m${split(text, at, "\u001b[0;31m")}\u001b[0m`),
  dressOf("a colour for each character", (text) =>
    each(text, (one) => `\u001b[38;5;${one.charCodeAt(0) % 200}m${one}`),
  ),
  dressOf("zero-width characters", (text) => each(text, (one) => `${one}\u200b`)),
  dressOf("an escaped soft hyphen", (text, at) => `"${split(text, at, "\\u00ad")}"`),
  dressOf("overstruck characters", (text) => each(text, (one) => `${one}\b${one}`)),
  dressOf("quoted-printable", (text) => quotedPrintable(text)),
  dressOf("lines of 60 with an indentation", (text) => `key:\n    ${wrap(text, 60, "\n    ")}\n`),
  dressOf("lines of 64 in a comment", (text) => `# ${wrap(text, 64, "\n# ")}\n`),
  dressOf("lines of 76 in a block comment", (text) => `/**\n * ${wrap(text, 76, "\n * ")}\n */`),
  dressOf("base64 as git stores it", (text) => `AUTHORIZATION: basic ${base64(`x-access-token:${text}`)}`),
  dressOf("base64 behind one byte, in lines", (text) => wrap(base64(`:${text}`), 76, "\n")),
  dressOf("base64url behind two bytes", (text) => `?state=${Buffer.from(`k=${text}"}`).toString("base64url")}`),
  dressOf("base64 of base64", (text) => base64(base64(`{"key":"${json(text)}"}`))),
  dressOf("hex", (text) => hex(`key=${text}`).join("")),
  dressOf("hex with colons", (text) => hex(text).join(":")),
  dressOf("a diff", (text) => `@@ -1 +1,9 @@\n-old\n+${wrap(text, 70, "\n+")}\n+end\n`),
];
