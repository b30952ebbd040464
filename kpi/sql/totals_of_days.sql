-- What guides and channels state of the days asked for. A row: a day and a guide, or a day and a channel; a group that
-- she did not state is null.
-- Index: event_day_totals.
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
    max(event.amount) AS paid,
    max((event.extra ->> 'refunds')::numeric) AS refunds
FROM fans_event AS event
WHERE
    event.project_id = %(project)s AND event.day = ANY(%(days)s::date[])
    AND event.superseded_by IS NULL AND event.status = 0 AND event.kind >= 11
GROUP BY event.day, event.extra ->> 'guide', event.channel_id
ORDER BY event.day, guide, event.channel_id
