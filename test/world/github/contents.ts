import { posix } from "node:path";
import type { TreeItem } from "../repository.ts";
import { notFound } from "./failure.ts";
import type { Json } from "./json-schema.ts";
import type { Answer, Call, Route } from "./route.ts";

/** Above this many bytes GitHub gives no content with the JSON form. */
const INLINE_LIMIT = 1024 * 1024;

async function getContent(call: Call): Promise<Answer> {
  const { git, repository } = call.state;
  const ref = call.optional("ref") ?? repository.defaultBranch;
  const sha = await git.resolve(ref);
  if (sha === undefined) throw notFound(`No commit found for the ref ${ref}`);
  const path = call.text("path").replace(/\/$/, "");
  const tree = await git.listTree(sha);
  const found = tree.find((item) => item.path === path);
  if (found === undefined) return listDirectory(call, path, tree, ref);
  const item = found.mode === "120000" ? await followLink(call, found, tree) : found;
  if (item.mode === "160000") return { status: 200, body: renderEntry(call, item, "submodule", ref) };
  const bytes = (await git.readBlob(item.oid)) as Buffer;
  if (call.accept.includes("raw")) {
    return { status: 200, body: bytes, headers: { "content-type": "application/vnd.github.raw+json; charset=utf-8" } };
  }
  if (item.mode === "120000") {
    return { status: 200, body: { ...renderEntry(call, item, "symlink", ref), target: bytes.toString() } };
  }
  const isInline = bytes.length <= INLINE_LIMIT;
  const content = isInline ? bytes.toString("base64").replace(/.{1,60}/g, "$&\n") : "";
  const body = {
    ...renderEntry(call, { ...item, path }, "file", ref),
    encoding: isInline ? "base64" : "none",
    content,
  };
  return { status: 200, body };
}

/** GitHub follows a link to a plain file of the repository, and shows any other link as itself. */
async function followLink(call: Call, link: TreeItem, tree: readonly TreeItem[]): Promise<TreeItem> {
  const target = ((await call.state.git.readBlob(link.oid)) as Buffer).toString();
  const path = posix.normalize(posix.join(posix.dirname(link.path), target));
  return tree.find((item) => item.path === path && item.mode.startsWith("100")) ?? link;
}

function listDirectory(call: Call, path: string, tree: readonly TreeItem[], ref: string): Answer {
  const below = tree.filter((item) => item.path.startsWith(`${path}/`));
  if (below.length === 0) throw notFound();
  const files = below.filter((item) => !item.path.slice(path.length + 1).includes("/"));
  return { status: 200, body: files.map((item) => renderEntry(call, item, "file", ref)) };
}

function renderEntry(call: Call, item: TreeItem, type: string, ref: string): Json {
  const { urls, state } = call;
  const encoded = item.path.split("/").map(encodeURIComponent).join("/");
  const self = `${urls.repository(state.repository, `/contents/${encoded}`)}?ref=${encodeURIComponent(ref)}`;
  const git = urls.repository(state.repository, `/git/blobs/${item.oid}`);
  const html = urls.page(state.repository, `/blob/${encodeURIComponent(ref)}/${encoded}`);
  return {
    type,
    name: posix.basename(item.path),
    path: item.path,
    sha: item.oid,
    size: item.size ?? 0,
    url: self,
    git_url: git,
    html_url: html,
    download_url: type === "file" ? html.replace("/blob/", "/raw/") : null,
    ...(type === "submodule" ? { submodule_git_url: git } : {}),
    _links: { self, git, html },
  };
}

export const contentRoutes: readonly Route[] = [
  {
    operation: "GET /repos/{owner}/{repo}/contents/{path}",
    needs: [["contents", "read"]],
    handle: getContent,
  },
];
