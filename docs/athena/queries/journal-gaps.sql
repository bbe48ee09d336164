-- Records whose predecessor is not there (`gap`: export its bundle), and records with the same predecessor (`fork`: two
-- runs went on from one bundle). All days, since a record may follow one of long ago.
WITH children AS (
  SELECT repository, previous, COUNT(*) AS records
  FROM codex_journal
  WHERE sequence > 0
  GROUP BY repository, previous
)
SELECT
  journal.repository,
  journal.pull_request,
  journal.sequence,
  journal.object_name,
  CASE WHEN parent.record_digest IS NULL THEN 'gap' ELSE 'fork' END AS problem
FROM codex_journal AS journal
JOIN children
  ON children.repository = journal.repository
  AND children.previous = journal.previous
LEFT JOIN codex_journal AS parent
  ON parent.repository = journal.repository
  AND parent.record_digest = journal.previous
WHERE journal.sequence > 0
  AND (parent.record_digest IS NULL OR children.records > 1)
ORDER BY journal.repository, journal.pull_request, journal.sequence, journal.object_name
