import { type Client, malformed } from "./client.ts";
import { RequestFailure } from "./failure.ts";
import { fetchPullRequest } from "./pull-requests.ts";

/** GitHub says 404 for a label that is not set as well as for a pull request that we may not see. */
export async function removeLabel(client: Client, pullRequest: number, label: string): Promise<"removed" | "absent"> {
  const route = "DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}";
  try {
    await client.send(route, { issue_number: pullRequest, name: label }, { repeatable: true });
    return "removed";
  } catch (error) {
    if (!(error instanceof RequestFailure) || error.code !== "github_not_found") throw error;
    const labels = (await fetchPullRequest(client, pullRequest))?.labels;
    if (labels === undefined) throw error;
    const isSet = labels.some((name) => name.toLowerCase() === label.toLowerCase());
    if (isSet) throw malformed(route, `404 for the label ${label}, which is set`);
    return "absent";
  }
}
