-- What channels cost in a range, by who paid as the source says it (null: it does not). A row: a payer.
-- Index: event_of_day.
SELECT event.extra ->> 'paid_by' AS payer, sum(event.amount) AS cost
FROM fans_event AS event
WHERE
    event.project_id = %(project)s AND event.day >= %(first_day)s AND event.day < %(next_day)s
    AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 8 AND event.amount IS NOT NULL
GROUP BY event.extra ->> 'paid_by'
