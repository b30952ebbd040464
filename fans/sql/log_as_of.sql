-- The log as it was after merge %(seq)s, under the log's own name: a temporary table hides it until the transaction ends.
-- What was in force then is what still is, and what was superseded since; of that, what the days looked at need: money,
-- additions with a phone, the logs of fans in touched_fan, and the other kinds from looked_at_from to next_day.
-- Indexes: event_ended_by_merge; what is still in force is read through.
CREATE TEMPORARY TABLE fans_event ON COMMIT DROP AS
SELECT
    id, project_id, kind, key, status, seq, line, superseded_by, superseded_seq, hash,
    source, at, day, fan_id, account_id, from_given, from_account_id, channel_id, tie, group_code, opening, referrer,
    koc_post, by, cause, inbound, score, order_number, amount, platform, dual, proof, stage, reached, phone_index, extra
FROM fans_event
WHERE project_id = %(project)s AND superseded_by IS NULL AND seq <= %(seq)s AND (
    kind IN (6, 7)
    OR kind = 1 AND phone_index IS NOT NULL
    OR kind IN (1, 2, 3) AND fan_id IN (SELECT fan_id FROM touched_fan)
    OR kind IN (4, 5, 8, 9) AND day >= %(looked_at_from)s AND day < %(next_day)s
)
UNION ALL
SELECT
    id, project_id, kind, key, status, seq, line, NULL, NULL, hash,
    source, at, day, fan_id, account_id, from_given, from_account_id, channel_id, tie, group_code, opening, referrer,
    koc_post, by, cause, inbound, score, order_number, amount, platform, dual, proof, stage, reached, phone_index, extra
FROM fans_event
WHERE project_id = %(project)s AND superseded_seq > %(seq)s AND seq <= %(seq)s AND (
    kind IN (6, 7)
    OR kind = 1 AND phone_index IS NOT NULL
    OR kind IN (1, 2, 3) AND fan_id IN (SELECT fan_id FROM touched_fan)
    OR kind IN (4, 5, 8, 9) AND day >= %(looked_at_from)s AND day < %(next_day)s
);
CREATE INDEX ON fans_event (fan_id, kind, at);
CREATE INDEX ON fans_event (kind, key);
CREATE INDEX ON fans_event (kind, day);
CREATE INDEX ON fans_event (phone_index) WHERE kind = 1;
ANALYZE fans_event
