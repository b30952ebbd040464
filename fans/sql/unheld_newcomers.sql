-- Stage into plan_candidate the fans present at %(now)s whom nobody holds and of whom nobody has decided since this presence
-- began; `account_id` is null and nobody is barred. Columns as in plan_candidates.sql, and the instant she came.
-- Indexes: presence_once, holding_once, event_of_fan.
CREATE TEMPORARY TABLE plan_candidate ON COMMIT DROP AS
SELECT p.fan_id, NULL::bigint AS account_id, false AS barred,
       row_number() OVER (ORDER BY p.channel_id NULLS FIRST, f.code) AS place, p.channel_id, 0 AS tier, f.code, p.begun_at
FROM fans_presence p
JOIN fans_fan f ON f.id = p.fan_id
WHERE p.project_id = %(project)s AND p.begun_at <= %(now)s AND (p.ended_at IS NULL OR p.ended_at > %(now)s)
  AND NOT EXISTS (
      SELECT FROM fans_holding h
      WHERE h.project_id = p.project_id AND h.fan_id = p.fan_id AND (h.ended_at IS NULL OR h.ended_at > p.begun_at))
  AND NOT EXISTS (
      SELECT FROM fans_event e
      WHERE e.project_id = p.project_id AND e.fan_id = p.fan_id AND e.kind = 2 AND e.superseded_by IS NULL AND e.status = 0
        AND e.at >= p.begun_at);
ANALYZE plan_candidate;

SELECT NULL::bigint, count(*), 0 FROM plan_candidate
