-- Fans with a loss in the period who are not in P(E). A row: a period, the account and guide credited, a channel;
-- churned_old were in P(S), churned_new were not.
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
    SELECT period.first_day, period.next_day, period.before_at, presence.fan_id, presence.channel_id
    FROM period
    JOIN fans_presence AS presence
        ON presence.project_id = %(project)s
        AND presence.ended_day >= period.first_day AND presence.ended_day < period.next_day
        AND (presence.after_begun_day IS NULL OR presence.after_begun_day >= period.next_day)
),
credited AS (  -- at most one row each of `before`, `held` and `arrival`; `arrival` only without `before`
    SELECT
        gone.first_day,
        gone.channel_id,
        before.fan_id IS NOT NULL AS old,
        coalesce(held.account_id, arrival.account_id) AS account_id,
        CASE WHEN before.fan_id IS NOT NULL THEN gone.before_at ELSE arrival.credited_at END AS credited_at
    FROM gone
    LEFT JOIN fans_presence AS before
        ON before.project_id = %(project)s AND before.fan_id = gone.fan_id
        AND before.begun_day < gone.first_day AND before.ended_day >= gone.first_day
    LEFT JOIN fans_holding AS held
        ON held.project_id = %(project)s AND held.fan_id = gone.fan_id
        AND held.begun_day < gone.first_day AND (held.ended_day IS NULL OR held.ended_day >= gone.first_day)
    LEFT JOIN fans_presence AS arrival
        ON arrival.project_id = %(project)s AND arrival.fan_id = gone.fan_id
        AND arrival.begun_day >= gone.first_day AND arrival.begun_day < gone.next_day
        AND (arrival.before_ended_day IS NULL OR arrival.before_ended_day < gone.first_day)
)
SELECT
    credited.first_day,
    credited.account_id,
    keeping.guide,
    credited.channel_id,
    count(*) FILTER (WHERE credited.old) AS churned_old,
    count(*) FILTER (WHERE NOT credited.old) AS churned_new
FROM credited
LEFT JOIN keeping
    ON keeping.account_id = credited.account_id
    AND keeping.since <= credited.credited_at AND credited.credited_at < keeping.until
GROUP BY credited.first_day, credited.account_id, keeping.guide, credited.channel_id
