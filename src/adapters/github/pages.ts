import type { z } from "zod";
import { type Client, malformed, parseAnswer } from "./client.ts";

const MAX_PAGES = 50;

interface PagedRequest<Page, Item> {
  /** Below the repository: `/issues/{issue_number}/comments`. */
  readonly route: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly schema: z.ZodType<Page>;
  readonly items: (page: Page) => readonly Item[];
  /** Bound on pages where anybody can add items; 50 otherwise. */
  readonly maxPages?: number;
  /** What is thrown at the bound on pages; otherwise the answer is called malformed. */
  readonly overflow?: Error;
  /** Reading stops when more items than this are there; all of them otherwise. */
  readonly enough?: number;
}

/**
 * All items of all pages. Fails closed: a page that fails fails the whole, as do a cursor that repeats, more than
 * the bound on pages, and a next page on another server (the token would go there).
 */
export async function getAllPages<Page, Item extends { readonly id: number }>(
  client: Client,
  request: PagedRequest<Page, Item>,
): Promise<Item[]> {
  const route = `GET /repos/{owner}/{repo}${request.route}`;
  const { maxPages = MAX_PAGES, enough = Number.POSITIVE_INFINITY } = request;
  const items: Item[] = [];
  const seenPages = new Set<string>();
  const seenFirst = new Set<number>();
  let next: string | undefined;
  for (let page = 1; page <= maxPages; page++) {
    const answer =
      next === undefined
        ? await client.send(route, { ...request.parameters, per_page: Math.min(enough + 1, 100) }, { repeatable: true })
        : await client.send(`GET ${next}`, {}, { repeatable: true });
    const found = request.items(parseAnswer(request.schema, answer.data, `${route}, page ${page}`));
    const first = found[0]?.id;
    if (first !== undefined && seenFirst.has(first))
      throw malformed(route, `page ${page} is a page that was read before`);
    if (first !== undefined) seenFirst.add(first);
    items.push(...found);
    next = nextPage(client, answer.headers.link, route);
    if (next === undefined || items.length > enough) return items;
    if (seenPages.has(next)) throw malformed(route, `page ${page} points back to a page that was read before`);
    seenPages.add(next);
  }
  throw request.overflow ?? malformed(route, `more than ${maxPages} pages`);
}

/** Beside the first page, which tells how many there are. */
const NEWEST_PAGES = 5;

interface NewestRequest<Item> {
  /** Below the repository. GitHub lists it oldest first. */
  readonly route: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly schema: z.ZodType<Item[]>;
  /** Reading stops at a page that has what is looked for. */
  readonly isFound?: (page: readonly Item[]) => boolean;
}

/** The newest items of a list that others can make endless, oldest first: at most those of 5 pages and of the first. */
export async function getNewest<Item>(client: Client, request: NewestRequest<Item>): Promise<readonly Item[]> {
  const route = `GET /repos/{owner}/{repo}${request.route}`;
  const read = async (page: number) => {
    const parameters = { ...request.parameters, per_page: 100, page };
    const { data, headers } = await client.send(route, parameters, { repeatable: true });
    return { items: parseAnswer(request.schema, data, `${route}, page ${page}`), last: lastPage(headers.link) };
  };
  const first = await read(1);
  let newest: Item[] = [];
  for (let page = first.last; page > Math.max(first.last - NEWEST_PAGES, 1); page--) {
    const { items } = await read(page);
    newest = [...items, ...newest];
    if (request.isFound?.(items)) break;
  }
  return [...first.items, ...newest];
}

/** Only the number is taken from the header, never the address. */
function lastPage(link: unknown): number {
  const page = /[?&]page=(\d{1,9})\b[^<>]*>\s*;[^,]*\brel="last"/.exec(String(link))?.[1];
  return page === undefined ? 1 : Number(page);
}

function nextPage(client: Client, link: unknown, route: string): string | undefined {
  if (link === undefined) return undefined;
  const match = /<([^<>]*)>\s*;[^,]*\brel="next"/.exec(String(link));
  if (match === null) return undefined;
  const target = match[1] ?? "";
  if (!URL.canParse(target) || new URL(target).origin !== new URL(client.apiUrl).origin) {
    throw malformed(route, "the next page is on another server");
  }
  // Braces would be taken for a template of a route.
  return target.replaceAll("{", "%7B").replaceAll("}", "%7D");
}
