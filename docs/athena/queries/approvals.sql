-- Who approved what: the auditor's question. Each approval with its plan, who had asked for it, and the commit that came
-- of it. Bundles of the named objects prove it: bundles/dt=<dt>/repo=<repo>/<object_name>.zip.
WITH commits AS (
  SELECT repository, binding_digest, MIN(commit_sha) AS commit_sha
  FROM codex_journal
  WHERE dt >= '2026-01-01'
    AND reason_code = 'plan_executed'
    AND decision = 'allow'
  GROUP BY repository, binding_digest
)
SELECT
  journal.recorded_at,
  journal.repository,
  journal.pull_request,
  journal.risk_class,
  journal.requester,
  journal.actor AS approver,
  journal.reason_code,
  journal.plan_digest,
  commits.commit_sha,
  journal.object_name
FROM codex_journal AS journal
LEFT JOIN commits
  ON commits.repository = journal.repository
  AND commits.binding_digest = journal.binding_digest
WHERE journal.dt >= '2026-01-01'
  AND journal.reason_code IN ('plan_approved', 'sign_off_recorded')
  AND journal.decision = 'allow'
ORDER BY journal.recorded_at, journal.repository, journal.object_name
