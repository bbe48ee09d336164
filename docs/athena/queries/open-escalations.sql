-- Blockers that are escalated now: in the last evaluation of the gates of the newest plan of each pull request, as long
-- as that plan is not executed. Owners and deadlines are in the plan's comment: they follow from the policy.
WITH newest AS (
  SELECT repository, pull_request, MAX_BY(binding_digest, recorded_at) AS binding_digest
  FROM codex_journal
  WHERE dt >= '2026-01-01'
    AND reason_code = 'plan_published'
  GROUP BY repository, pull_request
),
evaluations AS (
  SELECT
    journal.repository,
    journal.pull_request,
    journal.recorded_at,
    journal.open_escalations,
    ROW_NUMBER() OVER (
      PARTITION BY journal.repository, journal.binding_digest
      ORDER BY journal.sequence DESC, journal.recorded_at DESC
    ) AS age
  FROM codex_journal AS journal
  JOIN newest
    ON newest.repository = journal.repository
    AND newest.binding_digest = journal.binding_digest
  WHERE journal.dt >= '2026-01-01'
    AND journal.step = 'gates'
    AND NOT EXISTS (
      SELECT 1
      FROM codex_journal AS executed
      WHERE executed.repository = journal.repository
        AND executed.binding_digest = journal.binding_digest
        AND executed.reason_code = 'plan_executed'
        AND executed.decision = 'allow'
    )
)
SELECT repository, pull_request, blocker, recorded_at AS last_evaluated_at
FROM evaluations
CROSS JOIN UNNEST(open_escalations) AS escalation (blocker)
WHERE age = 1
ORDER BY repository, pull_request, blocker
