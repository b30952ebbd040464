-- Members, presences and holdings as they were: those of fans in touched_fan as folded anew (new_*), the others as they
-- stand. Temporary tables hide the real ones until the transaction ends. Indexes: member_once, presence_once, holding_once.
CREATE TEMPORARY TABLE fans_member ON COMMIT DROP AS
SELECT
    m.project_id, m.fan_id, m.known_at, m.first_added_at, m.first_added_day, m.channel_id, m.opening, m.koc_post, m.referrer,
    m.first_lost_at, m.account_id, m.credited_at
FROM fans_member AS m
WHERE m.project_id = %(project)s AND NOT EXISTS (SELECT FROM touched_fan AS t WHERE t.fan_id = m.fan_id)
UNION ALL
SELECT
    %(project)s::bigint, n.fan_id, n.known_at, n.first_added_at, n.first_added_day, n.channel_id, n.opening, n.koc_post::text,
    n.referrer::text, n.first_lost_at, n.account_id, n.credited_at
FROM new_member AS n;

CREATE TEMPORARY TABLE fans_presence ON COMMIT DROP AS
SELECT
    p.project_id, p.fan_id, p.number, p.begun_at, p.begun_day, p.ended_at, p.ended_day, p.before_ended_day,
    p.after_begun_day, p.account_id, p.credited_at, p.channel_id
FROM fans_presence AS p
WHERE p.project_id = %(project)s AND NOT EXISTS (SELECT FROM touched_fan AS t WHERE t.fan_id = p.fan_id)
UNION ALL
SELECT
    %(project)s::bigint, n.fan_id, n.number, n.begun_at, n.begun_day, n.ended_at, n.ended_day, n.before_ended_day,
    n.after_begun_day, n.account_id, n.credited_at, n.channel_id
FROM new_presence AS n;

CREATE TEMPORARY TABLE fans_holding ON COMMIT DROP AS
SELECT
    h.project_id, h.fan_id, h.number, h.account_id, h.begun_at, h.begun_day, h.ended_at, h.ended_day, h.channel_id
FROM fans_holding AS h
WHERE h.project_id = %(project)s AND NOT EXISTS (SELECT FROM touched_fan AS t WHERE t.fan_id = h.fan_id)
UNION ALL
SELECT
    %(project)s::bigint, n.fan_id, n.number, n.account_id, n.begun_at, n.begun_day, n.ended_at, n.ended_day, n.channel_id
FROM new_holding AS n;
CREATE INDEX ON fans_member (fan_id);
CREATE INDEX ON fans_presence (fan_id, number);
CREATE INDEX ON fans_holding (fan_id);
ANALYZE fans_member;
ANALYZE fans_presence;
ANALYZE fans_holding
