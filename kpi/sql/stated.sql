-- What channels reached and cost and what day totals state, day by day. A row: a day and a guide, or a day and a
-- channel, with whether the totals of each group count (null: the day awaits the roll-up, or there are none).
-- Indexes: event_of_day, event_day_totals, day_total_once.
WITH said AS (
    SELECT
        event.day,
        event.extra ->> 'guide' AS guide,
        event.channel_id,
        max((event.extra ->> 'added')::int) AS added,
        max((event.extra ->> 'lost')::int) AS lost,
        max((event.extra ->> 'friends')::int) AS friends,
        max((event.extra ->> 'chats')::int) AS chats,
        max((event.extra ->> 'replied')::int) AS replied,
        max((event.extra ->> 'orders')::int) AS orders,
        max(event.amount) FILTER (WHERE event.kind = 13) AS paid,
        max((event.extra ->> 'refunds')::numeric) AS refunds,
        max(event.reached) AS reached,
        max(event.amount) FILTER (WHERE event.kind = 8) AS cost
    FROM fans_event AS event
    WHERE
        event.project_id = %(project)s AND event.day >= %(first_day)s AND event.day < %(next_day)s
        AND event.superseded_by IS NULL AND event.status = 0 AND (event.kind >= 11 OR event.kind = 8)
    GROUP BY event.day, event.extra ->> 'guide', event.channel_id
)
SELECT
    said.day AS date, said.guide, channel.code AS channel,
    said.added, said.lost, said.friends, said.chats, said.replied, said.orders, said.paid, said.refunds,
    said.reached, said.cost, total.counts_fans, total.counts_service, total.counts_orders
FROM said
LEFT JOIN projects_channel AS channel ON channel.id = said.channel_id
LEFT JOIN kpi_daytotal AS total
    ON total.project_id = %(project)s AND total.day = said.day
    AND total.guide IS NOT DISTINCT FROM said.guide AND total.channel_id IS NOT DISTINCT FROM said.channel_id
ORDER BY said.day, said.guide, channel.code
