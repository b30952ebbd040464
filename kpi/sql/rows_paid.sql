-- Orders paid in one period, one by one. A row: an order; ascending by its id from behind `after`. `only`: counted ones,
-- of these the dual-counted, or those of another state; `platform`: where it is given, of that platform.
-- Index: order_by_day.
WITH keeping AS (
    SELECT * FROM unnest(%(kept)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(guides)s::text[])
        AS k (account_id, since, until, guide)
)
SELECT paid.event_id AS position, paid.number AS id, fan.code AS fan, paid.at, paid.amount
FROM fans_order AS paid
LEFT JOIN fans_fan AS fan ON fan.id = paid.fan_id
LEFT JOIN keeping
    ON keeping.account_id = paid.account_id AND keeping.since <= paid.at AND paid.at < keeping.until
WHERE
    paid.project_id = %(project)s AND paid.day >= %(first_day)s AND paid.day < %(next_day)s
    AND paid.state = CASE WHEN %(only)s IN ('', 'dual') THEN 'counted' ELSE %(only)s END
    AND (paid.dual OR %(only)s <> 'dual')
    AND (paid.platform = %(platform)s OR %(platform)s IS NULL)
    AND paid.event_id > %(after)s
    AND CASE %(by)s
        WHEN 'account' THEN paid.account_id IS NOT DISTINCT FROM %(part_id)s
        WHEN 'guide' THEN keeping.guide IS NOT DISTINCT FROM %(part)s
        WHEN 'channel' THEN paid.channel_id IS NOT DISTINCT FROM %(part_id)s
        ELSE TRUE
    END
ORDER BY paid.event_id
LIMIT %(limit)s
