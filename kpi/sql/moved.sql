-- Stock that came and went. A row: a period, an account and a channel; presences begun and ended under account null,
-- holdings begun and ended under their account. An interval of no length counts on both sides and so cancels.
-- Indexes: presence_by_begin, presence_by_end, holding_by_begin, holding_by_end.
WITH period AS (
    SELECT * FROM unnest(%(firsts)s::date[], %(nexts)s::date[], %(befores)s::timestamptz[])
        AS p (first_day, next_day, before_at)
),
moves AS (
    SELECT
        period.first_day,
        NULL::bigint AS account_id,
        presence.channel_id,
        1 AS begun,
        0 AS ended,
        0 AS held_in,
        0 AS held_out
    FROM period
    JOIN fans_presence AS presence
        ON presence.project_id = %(project)s
        AND presence.begun_day >= period.first_day AND presence.begun_day < period.next_day
    UNION ALL
    SELECT period.first_day, NULL, presence.channel_id, 0, 1, 0, 0
    FROM period
    JOIN fans_presence AS presence
        ON presence.project_id = %(project)s
        AND presence.ended_day >= period.first_day AND presence.ended_day < period.next_day
    UNION ALL
    SELECT period.first_day, holding.account_id, holding.channel_id, 0, 0, 1, 0
    FROM period
    JOIN fans_holding AS holding
        ON holding.project_id = %(project)s
        AND holding.begun_day >= period.first_day AND holding.begun_day < period.next_day
    UNION ALL
    SELECT period.first_day, holding.account_id, holding.channel_id, 0, 0, 0, 1
    FROM period
    JOIN fans_holding AS holding
        ON holding.project_id = %(project)s
        AND holding.ended_day >= period.first_day AND holding.ended_day < period.next_day
)
SELECT
    first_day,
    account_id,
    NULL::text AS guide,
    channel_id,
    sum(begun)::int AS begun,
    sum(ended)::int AS ended,
    sum(held_in)::int AS held_in,
    sum(held_out)::int AS held_out
FROM moves
GROUP BY first_day, account_id, channel_id
