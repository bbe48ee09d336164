/** How people and programs get a text back that was dressed; written apart from what is tested. */
type Reader = (text: string) => string;

const [ESC, BACKSPACE] = ["\u001b", "\b"];
const UNSEEN = new RegExp(`${ESC}\\[[0-9;]*m|.${BACKSPACE}|[\u200b\u00ad]`, "g");

const code = (digits: string, radix: number): string => String.fromCharCode(Number.parseInt(digits, radix) & 0xffff);

const READERS: readonly Reader[] = [
  (text) => text.replace(/\\+u([0-9a-f]{4})/gi, (_, digits: string) => code(digits, 16)),
  (text) => text.replace(/\\+x([0-9a-f]{2})/gi, (_, digits: string) => code(digits, 16)),
  (text) => text.replace(/\\([0-7]{3})/g, (_, digits: string) => code(digits, 8)),
  (text) => text.replace(/%(?:25)*([0-9a-f]{2})/gi, (_, digits: string) => code(digits, 16)),
  (text) => text.replace(/&(?:amp;)*#(\d+);/g, (_, digits: string) => code(digits, 10)),
  (text) => text.replace(/&(?:amp;)*#x([0-9a-f]+);/gi, (_, digits: string) => code(digits, 16)),
  (text) => text.replace(/=\n/g, "").replace(/=([0-9A-F]{2})/g, (_, digits: string) => code(digits, 16)),
  (text) => text.replace(UNSEEN, ""),
  (text) => text.replace(/["'][ +.,\n]*["']/g, ""),
  (text) => text.replace(/\n[ +#*]*/g, ""),
  (text) => text.replace(/\\/g, ""),
  (text) => text.replace(/[^A-Za-z0-9]/g, ""),
  ...[0, 1, 2, 3].map(
    (offset): Reader =>
      (text) =>
        text
          .replace(/\s/g, "")
          .replace(/[A-Za-z0-9+/_-]{8,}/g, (run) => Buffer.from(run.slice(offset), "base64").toString("latin1")),
  ),
  (text) =>
    text.replace(/(?:[0-9a-f]{2}:?){8,}/gi, (run) => Buffer.from(run.replaceAll(":", ""), "hex").toString("latin1")),
];

/** The text itself, and what each reader makes of it and of what another reader made of it. */
export function readBack(text: string): ReadonlySet<string> {
  const once = READERS.map((read) => read(text));
  return new Set([text, ...once, ...once.flatMap((first) => READERS.map((read) => read(first)))]);
}
