-- Fans of `seen` of one period, one by one. A row: a fan; `at`: when the presence began that makes her one; whether she
-- was in P(S), is in P(E), wrote in the period; ascending by fan_id from behind `after`. `only`: all of them, or those of
-- whom what it names holds.
-- Of a fan's presences that reach into the period the first decides: it covers S or else begins first.
-- Indexes: presence_once (in order), holding_once, event_of_fan.
WITH keeping AS (
    SELECT * FROM unnest(%(kept)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(guides)s::text[])
        AS k (account_id, since, until, guide)
),
seen AS (
    SELECT
        entry.fan_id,
        entry.begun_at,
        entry.begun_day < %(first_day)s AS at_start,
        entry.channel_id,
        entry.account_id,
        entry.credited_at
    FROM fans_presence AS entry
    WHERE
        entry.project_id = %(project)s AND entry.fan_id > %(after)s
        AND entry.begun_day < %(next_day)s
        AND (entry.ended_day IS NULL OR entry.ended_day >= %(first_day)s)
        AND (entry.before_ended_day IS NULL OR entry.before_ended_day < %(first_day)s)
),
listed AS (
    SELECT
        seen.fan_id AS position,
        fan.code AS id,
        fan.code AS fan,
        seen.begun_at AS at,
        seen.at_start,
        EXISTS (
            SELECT FROM fans_presence AS later
            WHERE later.project_id = %(project)s AND later.fan_id = seen.fan_id
            AND later.begun_day < %(next_day)s AND (later.ended_day IS NULL OR later.ended_day >= %(next_day)s)
        ) AS at_end,
        EXISTS (
            SELECT FROM fans_event AS event
            WHERE event.project_id = %(project)s AND event.fan_id = seen.fan_id
            AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 4 AND event.inbound
            AND event.day >= %(first_day)s AND event.day < %(next_day)s
        ) AS wrote
    FROM seen
    JOIN fans_fan AS fan ON fan.id = seen.fan_id
    LEFT JOIN fans_holding AS held
        ON seen.at_start AND held.project_id = %(project)s AND held.fan_id = seen.fan_id
        AND held.begun_day < %(first_day)s AND (held.ended_day IS NULL OR held.ended_day >= %(first_day)s)
    LEFT JOIN keeping
        ON keeping.account_id = CASE WHEN seen.at_start THEN held.account_id ELSE seen.account_id END
        AND keeping.since <= CASE WHEN seen.at_start THEN %(before_at)s ELSE seen.credited_at END
        AND CASE WHEN seen.at_start THEN %(before_at)s ELSE seen.credited_at END < keeping.until
    WHERE
        CASE WHEN %(only)s IN ('at_start', 'retained') THEN seen.at_start
            WHEN %(only)s = 'arrived' THEN NOT seen.at_start ELSE TRUE END
        AND CASE %(by)s
            WHEN 'account' THEN
                CASE WHEN seen.at_start THEN held.account_id ELSE seen.account_id END IS NOT DISTINCT FROM %(part_id)s
            WHEN 'guide' THEN keeping.guide IS NOT DISTINCT FROM %(part)s
            WHEN 'channel' THEN seen.channel_id IS NOT DISTINCT FROM %(part_id)s
            ELSE TRUE
        END
)
SELECT * FROM listed
WHERE
    CASE %(only)s
        WHEN 'retained' THEN listed.at_end
        WHEN 'at_end' THEN listed.at_end
        WHEN 'churned' THEN NOT listed.at_end
        WHEN 'wrote' THEN listed.wrote
        ELSE TRUE
    END
ORDER BY listed.position
LIMIT %(limit)s
