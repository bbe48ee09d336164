import { z } from "zod";
import type { Editor } from "../../ports.ts";
import { type Client, malformed } from "./client.ts";
import { sendGraphql } from "./graphql.ts";

/** 100 edits a page; our own are one for each run that tells of a plan. */
const MAX_PAGES = 10;

const EDITS = `query CommentEdits($id: ID!, $after: String) {
  node(id: $id) {
    ... on IssueComment {
      author { __typename login }
      userContentEdits(first: 100, after: $after) {
        nodes { editor { __typename login } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`;

/** Null where the account was deleted since. */
const actorSchema = z.object({ __typename: z.string().min(1), login: z.string().min(1) }).nullable();

const editsSchema = z.object({
  node: z.object({
    author: actorSchema,
    // Null and an empty list are both no edits.
    userContentEdits: z
      .object({
        nodes: z.array(z.object({ editor: actorSchema })),
        pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
      })
      .nullable(),
  }),
});

/**
 * Who else than its author ever edited a comment. REST tells when it was edited last, and not by whom; what somebody
 * wrote and put back shows in the history of edits alone, which keeps an edit also after its text was deleted from it.
 */
export async function fetchForeignEditors(
  client: Client,
  graphqlUrl: string,
  nodeId: string,
): Promise<readonly Editor[]> {
  const foreign: Editor[] = [];
  let after: string | null = null;
  for (let page = 1; page <= MAX_PAGES; page++) {
    const variables: Readonly<Record<string, unknown>> = { id: nodeId, after };
    const request = { url: graphqlUrl, query: EDITS, variables, repeatable: true };
    const { node }: z.infer<typeof editsSchema> = await sendGraphql(client, request, editsSchema);
    const { author, userContentEdits: edits } = node;
    for (const { editor } of edits?.nodes ?? []) {
      const isAuthor = editor !== null && editor.login === author?.login && editor.__typename === author.__typename;
      if (!isAuthor) foreign.push({ type: editor?.__typename ?? "deleted", login: editor?.login ?? "ghost" });
    }
    if (!edits?.pageInfo.hasNextPage) return foreign;
    after = edits.pageInfo.endCursor;
    if (after === null) throw malformed("the edits of a comment", "a next page without a cursor");
  }
  throw malformed("the edits of a comment", `more than ${MAX_PAGES} pages`);
}
