-- Changes that were committed without any verification command, or by a version that did not count them.
SELECT
  repository,
  pull_request,
  MAX(risk_class) AS risk_class,
  MAX(commit_sha) AS commit_sha,
  MAX(verification_commands) AS verification_commands
FROM codex_journal
WHERE dt >= '2026-01-01'
  AND step IN ('commit', 'execute')
GROUP BY repository, pull_request, binding_digest
HAVING COUNT(*) FILTER (WHERE reason_code = 'plan_executed' AND decision = 'allow') > 0
  AND COALESCE(MAX(verification_commands), 0) = 0
ORDER BY repository, pull_request
