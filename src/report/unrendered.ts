import type { Nodes, Root, Table } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";

/** A part of a comment's text that GitHub does not show where it renders the comment. */
export interface Unrendered {
  /** From 1. */
  readonly line: number;
  readonly what: string;
}

/** Languages of a code block of which GitHub draws a picture. */
const DRAWN = new Set(["mermaid", "geojson", "topojson", "stl", "math"]);

/** The name of a language, which no reader of the comment sees; a longer word can be a sentence. */
const LANGUAGE = /^[\w+#.-]{1,20}$/;

/** A formula with commands, of which some show nothing of what they are given. */
const FORMULA = /\$[^$]*\\[a-z]/i;

/** Quotes and lists in each other, deeper than people nest them: the parser takes a stack frame for each. */
const DEEP = /^(?:[ \t]*(?:>|[-+*]|\d{1,9}[.)])){60}/m;

const UNTOLD = "nested too deeply to say what GitHub shows of it";

/**
 * What a reader of the comment does not see of a prompt, by what a CommonMark parser with GitHub's extensions says. It
 * grants and refuses nothing: the plan's comment shows the prompt whole, and beside it what its author's comment hid.
 */
export function findUnrendered(text: string): readonly Unrendered[] {
  const deep = DEEP.exec(text);
  if (deep) return [{ line: text.slice(0, deep.index).split("\n").length, what: UNTOLD }];
  const tree = parse(text);
  if (tree === undefined) return [{ line: 1, what: UNTOLD }];
  const found: Unrendered[] = [];
  const footnotes = new Set<string>();
  visit(tree, (node) => {
    if (node.type === "footnoteReference") footnotes.add(node.identifier);
  });
  visit(tree, (node) => {
    for (const what of hiddenIn(node, footnotes)) found.push({ line: node.position?.start.line ?? 1, what });
  });
  return [...new Map(found.map((each) => [`${each.line} ${each.what}`, each])).values()];
}

/** Undefined when the parser gives up; all the same, the prompt is shown whole. */
function parse(text: string): Root | undefined {
  try {
    return fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  } catch {
    return undefined;
  }
}

function visit(node: Nodes, look: (node: Nodes) => void): void {
  look(node);
  if ("children" in node) for (const child of node.children) visit(child, look);
}

function hiddenIn(node: Nodes, footnotes: ReadonlySet<string>): readonly string[] {
  switch (node.type) {
    case "definition":
      return ["a link definition"];
    case "footnoteDefinition":
      return footnotes.has(node.identifier) ? [] : ["a footnote that nothing refers to"];
    case "html":
      return ["HTML"];
    case "link": {
      const [child, ...rest] = node.children;
      const text = child?.type === "text" && rest.length === 0 ? child.value : undefined;
      const isPlain = ["", "http://", "mailto:"].some((scheme) => `${scheme}${text}` === node.url);
      return [...(isPlain ? [] : ["the address of a link"]), ...titleOf(node)];
    }
    case "image":
      return ["the address and the description of a picture", ...titleOf(node)];
    case "imageReference":
      return ["the description of a picture"];
    case "code":
      if (node.lang && DRAWN.has(node.lang.toLowerCase())) return [`the text of a drawing (${node.lang})`];
      return [
        ...(node.lang && !LANGUAGE.test(node.lang) ? ["the language of a code block"] : []),
        ...(node.meta ? ["what follows the language of a code block"] : []),
      ];
    case "text":
      return FORMULA.test(node.value) ? ["what a formula hides"] : [];
    case "table":
      return hasSpareCells(node) ? ["table cells without a column"] : [];
    default:
      return [];
  }
}

function titleOf({ title }: { readonly title?: string | null | undefined }): readonly string[] {
  return title ? ["a title"] : [];
}

function hasSpareCells({ children }: Table): boolean {
  const [head, ...rows] = children;
  return rows.some((row) => row.children.length > (head?.children.length ?? 0));
}
