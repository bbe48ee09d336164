import type { Metrics } from "../governance/metrics.ts";
import { tableCode } from "./markdown.ts";
import { durationText, shareText } from "./metrics-figures.ts";

type Row = readonly [adoption: string, amount: string, quality: string, found: string];

/** Adoption is never shown alone: each figure has in its row what tells whether it is good. Cells are ready. */
export function qualityRows(metrics: Metrics): readonly Row[] {
  const { adoption } = metrics;
  const rate = (name: string) => {
    const found = metrics.rates.find((each) => each.name === name);
    return found ? shareText(found) : "no data";
  };
  const time = (name: string) => {
    const found = metrics.durations.find((each) => each.name === name);
    return found?.n ? `${durationText(found.median)} (n = ${found.n})` : "no data";
  };
  return [
    ["Requests", `${adoption.requests}`, "Refused before there was a plan", rate("refused")],
    ["Plans", `${adoption.plans}`, "Denied by a rule or by verification", rate("denied")],
    ["Pull requests", `${adoption.pullRequests}`, "Went stale", rate("stale")],
    ["Approved", `${adoption.approved}`, "Drifted", rate("drifted")],
    ["Executed", `${adoption.executed}`, "Verification passed", rate("verified")],
    ["People who asked", `${adoption.requesters}`, "Lead time, median", time("lead_time")],
    ["People who approved", `${adoption.approvers}`, "Approval to drift found, median", time("to_drift")],
    ...githubRows(metrics),
  ];
}

function githubRows({ quality }: Metrics): readonly Row[] {
  if (quality === null) return [["", "", "Review findings, defects, incidents, reactions", "not asked (`--github`)"]];
  const { reviewFindings, feedback, labels } = quality;
  const scope = `${quality.plans} in ${tableCode(quality.repository, 100)}`;
  return [
    [
      "Plans that GitHub was asked about",
      scope,
      "Review findings",
      `${reviewFindings.people} by people, ${reviewFindings.bots} by bots`,
    ],
    ["", "", "Reactions to plans", `👍 ${feedback.up}, 👎 ${feedback.down}`],
    ["", "", `Issues with ${tableCode(labels.defect, 60)}`, `${quality.defects}`],
    ["", "", `Issues with ${tableCode(labels.incident, 60)}`, `${quality.incidents}`],
  ];
}
