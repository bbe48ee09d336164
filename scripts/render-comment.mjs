/**
 * Renders a comment's markdown into a page that looks like GitHub's, for a look at it or a picture of it:
 *   node scripts/render-comment.mjs test/report/golden/comment-planned.md page.html [extra.css]
 */
import { readFile, writeFile } from "node:fs/promises";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";

const STYLE = `
  body { margin: 0; padding: 16px; background: #f6f8fa; }
  article { max-width: 860px; margin: auto; border: 1px solid #d1d9e0; border-radius: 6px; background: #fff;
    font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", Helvetica, Arial, "Noto Color Emoji", sans-serif;
    color: #1f2328; overflow-wrap: break-word; }
  header { padding: 8px 16px; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0; background: #f6f8fa; color: #59636e; }
  header b { color: #1f2328; }
  header span { margin-left: 4px; padding: 0 7px; border: 1px solid #d1d9e0; border-radius: 2em; font-size: 12px; }
  main { padding: 16px; }
  main > :first-child, main > :first-child + h3 { margin-top: 0; }
  main > :last-child { margin-bottom: 0; }
  h3 { margin: 24px 0 16px; font-size: 1.25em; line-height: 1.25; }
  h4 { margin: 24px 0 16px; font-size: 1em; line-height: 1.25; }
  p, details, table, pre, ul { margin: 0 0 16px; }
  a { color: #0969da; text-decoration: none; }
  code { padding: .2em .4em; border-radius: 6px; background: #818b981f; white-space: break-spaces;
    font: 85% ui-monospace, SFMono-Regular, "Liberation Mono", monospace; }
  pre { padding: 16px; border-radius: 6px; background: #f6f8fa; overflow: auto; line-height: 1.45; }
  pre code { padding: 0; background: none; white-space: pre; }
  table { display: block; width: max-content; max-width: 100%; overflow: auto; border-spacing: 0; border-collapse: collapse; }
  th, td { padding: 6px 13px; border: 1px solid #d1d9e0; text-align: left; }
  th { font-weight: 600; }
  tr:nth-child(2n) td { background: #f6f8fa; }
  summary { cursor: pointer; }
  details > :nth-child(2) { margin-top: 10px; }
  ul { padding-left: 2em; }
`;

const [source, target, extra] = process.argv.slice(2);
if (source === undefined || target === undefined) {
  process.stderr.write("Usage: render-comment.mjs <comment.md> <page.html> [extra.css]\n");
  process.exit(2);
}

const markdown = await readFile(source, "utf8");
const body = micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });
const style = STYLE + (extra === undefined ? "" : await readFile(extra, "utf8"));
await writeFile(
  target,
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Comment</title><style>${style}</style>
<article><header><b>github-actions</b> <span>bot</span> commented</header><main>${body}</main></article></html>\n`,
);
