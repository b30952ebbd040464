-- The log as it was after merge %(seq)s, under the log's own name: a temporary view hides the table until the transaction
-- ends. What was in force then is what still is, and what was superseded since.
-- Indexes: those of versions in force; event_ended_by_merge.
CREATE TEMPORARY TABLE superseded_since ON COMMIT DROP AS
SELECT
    id, project_id, kind, key, status, seq, line, NULL::bigint AS superseded_by, NULL::bigint AS superseded_seq, hash,
    source, at, day, fan_id, account_id, from_given, from_account_id, channel_id, tie, group_code, opening, referrer,
    koc_post, by, cause, inbound, score, order_number, amount, platform, dual, proof, stage, reached, phone_index, extra
FROM fans_event
WHERE project_id = %(project)s AND superseded_seq > %(seq)s AND seq <= %(seq)s;
CREATE INDEX ON superseded_since (fan_id);
CREATE INDEX ON superseded_since (kind, key);
ANALYZE superseded_since;

CREATE TEMPORARY VIEW fans_event AS
SELECT
    id, project_id, kind, key, status, seq, line, superseded_by, superseded_seq, hash,
    source, at, day, fan_id, account_id, from_given, from_account_id, channel_id, tie, group_code, opening, referrer,
    koc_post, by, cause, inbound, score, order_number, amount, platform, dual, proof, stage, reached, phone_index, extra
FROM fans_event
WHERE superseded_by IS NULL AND seq <= %(seq)s
UNION ALL
SELECT * FROM superseded_since
