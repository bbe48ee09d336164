-- Hours from the publication of a plan to its execution, for each repository.
WITH spans AS (
  SELECT
    repository,
    binding_digest,
    date_diff(
      'millisecond',
      MIN(CAST(recorded_at AS timestamp)) FILTER (WHERE reason_code = 'plan_published'),
      MIN(CAST(recorded_at AS timestamp)) FILTER (WHERE reason_code = 'plan_executed')
    ) / CAST(3600000 AS double) AS hours
  FROM codex_journal
  WHERE dt >= '2026-01-01'
    AND decision = 'allow'
    AND reason_code IN ('plan_published', 'plan_executed')
  GROUP BY repository, binding_digest
),
ranked AS (
  SELECT repository, hours, CUME_DIST() OVER (PARTITION BY repository ORDER BY hours) AS share
  FROM spans
  WHERE hours IS NOT NULL
)
SELECT
  repository,
  COUNT(*) AS plans,
  ROUND(MIN(hours) FILTER (WHERE share >= 0.5), 2) AS median_hours,
  ROUND(MIN(hours) FILTER (WHERE share >= 0.9), 2) AS ninth_decile_hours,
  ROUND(MAX(hours), 2) AS longest_hours
FROM ranked
GROUP BY repository
ORDER BY repository
