import { z } from "zod";
import { ConfigurationError } from "../../governance/errors.ts";
import { type Client, malformed, parseAnswer } from "./client.ts";
import { userSchema } from "./people.ts";
import { idSchema } from "./pull-requests.ts";

/** GitHub's limit of people in one request. */
const MAX_ASSIGNEES = 10;

const issueSchema = z.object({ number: idSchema, assignees: z.array(userSchema) });

/** Who is assigned already stays, so this may be repeated. */
export async function addAssignees(
  client: Client,
  pullRequest: number,
  logins: readonly string[],
): Promise<readonly string[]> {
  return send(client, "POST", pullRequest, logins);
}

/** Who is not assigned stays so, so this may be repeated. */
export async function removeAssignees(client: Client, pullRequest: number, logins: readonly string[]): Promise<void> {
  await send(client, "DELETE", pullRequest, logins);
}

async function send(
  client: Client,
  method: "POST" | "DELETE",
  pullRequest: number,
  logins: readonly string[],
): Promise<readonly string[]> {
  if (logins.length === 0 || logins.length > MAX_ASSIGNEES) {
    const message = `A request names ${logins.length} assignees, expected 1 to ${MAX_ASSIGNEES}. Report it: the list was not cut.`;
    throw new ConfigurationError("configuration_invalid", message);
  }
  const route = `${method} /repos/{owner}/{repo}/issues/{issue_number}/assignees`;
  const parameters = { issue_number: pullRequest, assignees: [...logins] };
  const { data } = await client.send(route, parameters, { repeatable: true });
  const issue = parseAnswer(issueSchema, data, route);
  if (issue.number !== pullRequest) throw malformed(`pull request ${pullRequest}`, `it is about ${issue.number}`);
  return issue.assignees.map(({ login }) => login);
}
