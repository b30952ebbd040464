-- Fans with a loss in the period who are not in P(E). A row: a period and, as far as `by` asks for them, the account
-- and guide credited and the channel; churned_old were in P(S), churned_new were not.
-- Of such a fan exactly one presence ends in the period with none begun after it before E: her last one.
-- Indexes: presence_by_end; presence_once and holding_once by fan.
WITH period AS (
    SELECT * FROM unnest(%(firsts)s::date[], %(nexts)s::date[], %(befores)s::timestamptz[])
        AS p (first_day, next_day, before_at)
),
keeping AS (
    SELECT * FROM unnest(%(kept)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(guides)s::text[])
        AS k (account_id, since, until, guide)
),
gone AS (
    SELECT period.first_day, period.next_day, period.before_at, presence.fan_id
    FROM period
    JOIN fans_presence AS presence
        ON presence.project_id = %(project)s
        AND presence.ended_day >= period.first_day AND presence.ended_day < period.next_day
        AND (presence.after_begun_day IS NULL OR presence.after_begun_day >= period.next_day)
),
credited AS (  -- `entry`: of a fan's presences that reach into the period the first; it covers S or else begins first
    SELECT
        gone.first_day,
        entry.begun_day < gone.first_day AS old,
        CASE WHEN entry.begun_day < gone.first_day THEN held.account_id ELSE entry.account_id END AS account_id,
        CASE WHEN entry.begun_day < gone.first_day THEN gone.before_at ELSE entry.credited_at END AS credited_at,
        entry.channel_id
    FROM gone
    JOIN fans_presence AS entry
        ON entry.project_id = %(project)s AND entry.fan_id = gone.fan_id
        AND entry.begun_day < gone.next_day
        AND (entry.ended_day IS NULL OR entry.ended_day >= gone.first_day)
        AND (entry.before_ended_day IS NULL OR entry.before_ended_day < gone.first_day)
    LEFT JOIN fans_holding AS held
        ON %(by)s IN ('all', 'account', 'guide') AND entry.begun_day < gone.first_day
        AND held.project_id = %(project)s AND held.fan_id = gone.fan_id
        AND held.begun_day < gone.first_day AND (held.ended_day IS NULL OR held.ended_day >= gone.first_day)
)
SELECT
    credited.first_day,
    CASE WHEN %(by)s IN ('all', 'account') THEN credited.account_id END AS account_id,
    CASE WHEN %(by)s IN ('all', 'guide') THEN keeping.guide END AS guide,
    CASE WHEN %(by)s IN ('all', 'channel') THEN credited.channel_id END AS channel_id,
    count(*) FILTER (WHERE credited.old) AS churned_old,
    count(*) FILTER (WHERE NOT credited.old) AS churned_new
FROM credited
LEFT JOIN keeping
    ON keeping.account_id = credited.account_id
    AND keeping.since <= credited.credited_at AND credited.credited_at < keeping.until
GROUP BY 1, 2, 3, 4
