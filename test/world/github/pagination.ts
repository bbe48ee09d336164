import type { Answer, Call } from "./route.ts";

/** One page of a list with GitHub's `Link` header. `wrap` puts the page into an envelope with the total. */
export function paginate<Item>(
  call: Call,
  items: readonly Item[],
  wrap: (page: readonly Item[], total: number) => unknown = (page) => page,
): Answer {
  const size = Math.min(call.integer("per_page", 30), 100);
  const page = Math.max(call.integer("page", 1), 1);
  const last = Math.max(Math.ceil(items.length / size), 1);
  const link = (to: number, rel: string): string => {
    const url = new URL(call.url);
    url.searchParams.set("page", String(to));
    return `<${url}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(page - 1, "prev"), link(1, "first")] : []),
    ...(page < last ? [link(page + 1, "next"), link(last, "last")] : []),
  ];
  return {
    status: 200,
    body: wrap(items.slice((page - 1) * size, page * size), items.length),
    headers: links.length === 0 ? {} : { link: links.join(", ") },
  };
}
