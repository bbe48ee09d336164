-- How many runs were denied, for each repository and week (the week is named by its Monday).
SELECT
  repository,
  CAST(date_trunc('week', CAST(dt AS date)) AS date) AS week,
  COUNT(*) AS runs,
  COUNT(*) FILTER (WHERE decision = 'deny') AS denied,
  ROUND(100 * CAST(COUNT(*) FILTER (WHERE decision = 'deny') AS double) / COUNT(*), 1) AS denied_percent
FROM codex_journal
WHERE dt >= '2026-01-01'
  AND decision IN ('allow', 'deny')
GROUP BY 1, 2
ORDER BY 1, 2
