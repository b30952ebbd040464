-- Refunds of counted orders dated in one period, one by one, credited as their orders. A row: a refund, its amount
-- negative; ascending by the event's id from behind `after`. `platform`: where it is given, of its order.
-- Indexes: refund_by_day, order_once.
WITH keeping AS (
    SELECT * FROM unnest(%(kept)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(guides)s::text[])
        AS k (account_id, since, until, guide)
)
SELECT refund.event_id AS position, refund.key AS id, fan.code AS fan, refund.at, -refund.amount AS amount
FROM fans_refund AS refund
JOIN fans_order AS paid
    ON paid.project_id = %(project)s AND paid.number = refund.order_number AND paid.state = 'counted'
LEFT JOIN fans_fan AS fan ON fan.id = paid.fan_id
LEFT JOIN keeping
    ON keeping.account_id = paid.account_id AND keeping.since <= paid.at AND paid.at < keeping.until
WHERE
    refund.project_id = %(project)s AND refund.day >= %(first_day)s AND refund.day < %(next_day)s
    AND refund.state = 'applied' AND refund.event_id > %(after)s
    AND (paid.platform = %(platform)s OR %(platform)s IS NULL)
    AND CASE %(by)s
        WHEN 'account' THEN paid.account_id IS NOT DISTINCT FROM %(part_id)s
        WHEN 'guide' THEN keeping.guide IS NOT DISTINCT FROM %(part)s
        WHEN 'channel' THEN paid.channel_id IS NOT DISTINCT FROM %(part_id)s
        ELSE TRUE
    END
ORDER BY refund.event_id
LIMIT %(limit)s
