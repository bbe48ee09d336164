-- Approvals that led to more than one commit. Must be empty.
SELECT
  repository,
  pull_request,
  event_id,
  COUNT(DISTINCT commit_sha) AS commits,
  MIN(recorded_at) AS first_at,
  MAX(recorded_at) AS last_at
FROM codex_journal
WHERE dt >= '2026-01-01'
  AND reason_code = 'plan_executed'
  AND decision = 'allow'
GROUP BY repository, pull_request, event_id
HAVING COUNT(DISTINCT commit_sha) > 1
ORDER BY repository, pull_request, event_id
