-- How often the plan that was made anew was not the approved one, for each repository and model.
SELECT
  repository,
  model,
  COUNT(*) AS executions,
  COUNT(*) FILTER (WHERE reason_code = 'plan_drifted') AS drifted,
  ROUND(100 * CAST(COUNT(*) FILTER (WHERE reason_code = 'plan_drifted') AS double) / COUNT(*), 1) AS drifted_percent
FROM codex_journal
WHERE dt >= '2026-01-01'
  AND step = 'execute'
GROUP BY 1, 2
ORDER BY 1, 2
