import { appendFileSync, readFileSync } from "node:fs";

/**
 * The entry. Most comments are not commands, so that question is answered from the event file alone, before any
 * dependency is loaded. The command word itself is the policy's; all of them start with a slash.
 */
function isOrdinaryComment(): boolean {
  if (process.env.INPUT_MODE?.trim() !== "plan" || process.env.GITHUB_EVENT_NAME !== "issue_comment") return false;
  try {
    const event = JSON.parse(readFileSync(process.env.GITHUB_EVENT_PATH ?? "", "utf8"));
    const isOnPullRequest = event.issue.pull_request !== undefined && event.issue.pull_request !== null;
    return !isOnPullRequest || (typeof event.comment.body === "string" && !event.comment.body.startsWith("/"));
  } catch {
    // Whatever is wrong with the event is told by the mode.
    return false;
  }
}

if (isOrdinaryComment()) {
  const outputs = "decision=skip\nreason-code=not_for_us\nstage=skipped\n";
  if (process.env.GITHUB_OUTPUT) appendFileSync(process.env.GITHUB_OUTPUT, outputs);
} else {
  const { run } = await import("./run.ts");
  await run();
  // A client may keep a connection alive for minutes; what had to be said is said.
  process.exit();
}
