import { readFileSync } from "node:fs";
import { decide } from "./decision.ts";
import { OutputFile } from "./runner-files.ts";

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

// A log that nobody reads any more must not end the run.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
const outputs = new OutputFile(process.env.GITHUB_OUTPUT);
if (isOrdinaryComment()) {
  decide(outputs, { decision: "skip", reasonCode: "not_for_us", stage: "skipped" });
} else {
  outputs.reserve();
  try {
    const { run } = await import("./run.ts");
    await run(outputs);
  } catch (error) {
    // Not even the report could be made. What was decided before stands.
    if (!outputs.has("decision")) decide(outputs, { decision: "deny", reasonCode: "internal_error", stage: "denied" });
    console.log(`::error::The action itself failed: ${String((error as Error).message).replace(/\s+/g, " ")}`);
    process.exitCode = 1;
  }
  outputs.release();
  // A client may keep a connection alive for minutes; what had to be said is said.
  process.exit();
}
