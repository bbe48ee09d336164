import { spawnSync } from "node:child_process";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";

/** Raw HTML passes, as it does on GitHub before its sanitiser: nothing hostile may rely on that sanitiser. */
function renderWithMicromark(markdown: string): string {
  return micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });
}

function renderWithCmark(markdown: string): string {
  const extensions = ["table", "strikethrough", "autolink", "tagfilter", "tasklist", "footnotes"];
  const args = ["--unsafe", "--hardbreaks", ...extensions.flatMap((name) => ["-e", name])];
  const { status, stdout, stderr, error } = spawnSync("cmark-gfm", args, { input: markdown, encoding: "utf8" });
  if (error !== undefined || status !== 0) throw new Error(`cmark-gfm failed: ${error?.message ?? stderr}`);
  return stdout;
}

const hasCmark = spawnSync("cmark-gfm", ["--version"]).status === 0;
if (!hasCmark) {
  console.warn("skipped: cmark-gfm is not on PATH, so what GitHub's own renderer makes of a report is unknown.");
}

/** Renderers of GitHub's dialect by name: micromark always, GitHub's own cmark-gfm where it is installed. */
export const RENDERERS: readonly (readonly [string, (markdown: string) => string])[] = [
  ["micromark", renderWithMicromark],
  ...(hasCmark ? [["cmark-gfm", renderWithCmark] as const] : []),
];

/** One element of a rendered page, with what a test asks about it. */
export interface Rendered {
  /** Every element's name, in order. */
  readonly tags: readonly string[];
  readonly links: readonly string[];
  /** Text of each fenced block. */
  readonly blocks: readonly string[];
  /** Text of each code span. */
  readonly spans: readonly string[];
  /** Text that is in no code and no link (GitHub looks for names and references nowhere else), joined by blanks. */
  readonly prose: string;
  /** Text of each heading and of each fold's title. */
  readonly titles: readonly string[];
  /** HTML comments. */
  readonly comments: readonly string[];
  /** Text of each table row's cells. */
  readonly rows: readonly (readonly string[])[];
  /** Every attribute that an element has, but `href` and the class of a fence. */
  readonly attributes: readonly string[];
}

type Node = DefaultTreeAdapterTypes.Node;

function textOf(node: Node): string {
  if (node.nodeName === "#text" && "value" in node) return node.value;
  return "childNodes" in node ? node.childNodes.map(textOf).join("") : "";
}

/** What stands on the page, read back from its HTML. */
export function readHtml(html: string): Rendered {
  const tags: string[] = [];
  const links: string[] = [];
  const blocks: string[] = [];
  const spans: string[] = [];
  const prose: string[] = [];
  const titles: string[] = [];
  const comments: string[] = [];
  const rows: string[][] = [];
  const attributes: string[] = [];
  const visit = (node: Node, parent: string): void => {
    if ("tagName" in node) {
      tags.push(node.tagName);
      for (const { name, value } of node.attrs) {
        if (node.tagName === "a" && name === "href") links.push(value);
        else if (!(name === "class" && value.startsWith("language-"))) attributes.push(`${node.tagName} ${name}`);
      }
      if (node.tagName === "code") (parent === "pre" ? blocks : spans).push(textOf(node));
      if (/^(?:h[1-6]|summary)$/.test(node.tagName)) titles.push(textOf(node));
      if (node.tagName === "tr") rows.push(node.childNodes.filter((cell) => "tagName" in cell).map(textOf));
      if (node.tagName === "code" || node.tagName === "a") return;
    } else if (node.nodeName === "#text") prose.push(textOf(node));
    else if ("data" in node) comments.push(node.data);
    if ("childNodes" in node) for (const child of node.childNodes) visit(child, node.nodeName);
  };
  visit(parseFragment(html), "");
  return { tags, links, blocks, spans, prose: prose.join(" "), titles, comments, rows, attributes };
}

/** What GitHub makes a link, a picture or a formula of in text that is in no code and no link, by its documentation. */
const REFERENCES: readonly (readonly [kind: string, form: RegExp])[] = [
  ["mention, team, address of mail or commit of a repository", /@[\p{L}\p{N}]/u],
  ["issue or pull request, also of another repository", /#\d/],
  ["issue by its old form", /\bGH-\d/i],
  ["advisory", /\b(?:GHSA-|CVE-\d)/i],
  ["commit", /(?<![\p{L}\p{N}])[\da-f]{7,40}(?![\p{L}\p{N}])/iu],
  ["address", /:\/\/|\bwww\.|\b(?:mailto|xmpp):/i],
  ["emoji", /:(?:[\w+-]*[a-z][\w+-]*|100|1234|[+-]1):/i],
  ["formula", /\$/],
];

/** The references in the prose of a rendered page; a report must have none. */
export function findReferences({ prose }: Rendered): readonly string[] {
  return REFERENCES.flatMap(([kind, form]) => {
    const found = form.exec(prose)?.[0];
    return found === undefined ? [] : [`${kind}: ${found}`];
  });
}
