-- One row for each record of every journal in the bucket. Replace the bucket, the prefix, the first day and the names of
-- the repositories. Nothing has to be crawled or repaired afterwards: partitions are projected from dt and repo.
--
-- `record` is the journal's own line, byte for byte, and `record_digest` its SHA-256: what the other columns say can be
-- proved from it. A bundle that ends with a record is bundles/dt=<dt>/repo=<repo>/<object_name>.zip.
--
-- Hive's JSON SerDe, because of the OpenX one Athena's own documentation says that it may lose rows.
CREATE EXTERNAL TABLE codex_journal (
  layout int,
  object_name string,
  record_digest string,
  previous string,
  sequence int,
  recorded_at string,
  repository string,
  pull_request bigint,
  run_id bigint,
  run_attempt int,
  step string,
  decision string,
  reason_code string,
  actor string,
  plan_digest string,
  binding_digest string,
  risk_class string,
  requester string,
  requester_id bigint,
  base_ref string,
  base_sha string,
  head_sha string,
  codex_version string,
  model string,
  effort string,
  action_version string,
  event_id bigint,
  approver_id bigint,
  dry_run_digest string,
  commit_sha string,
  verification_commands int,
  files_digest string,
  open_escalations array<string>,
  finding_codes array<string>,
  record string
)
PARTITIONED BY (dt string, repo string)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
LOCATION 's3://example-evidence/codex/journal/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'projection.dt.range' = '2026-01-01,NOW',
  'projection.repo.type' = 'enum',
  'projection.repo.values' = 'example-org.shop,example-org.billing',
  'storage.location.template' = 's3://example-evidence/codex/journal/dt=${dt}/repo=${repo}/'
);
