-- Their orders and ours of a range and, where named, a platform: a row per order that stands on either side.
-- `place`: matched, amount (both sides, other amounts), elsewhere (ours, paid outside of the range or on another platform), missing (only
-- theirs), only_ours; `state`: of ours. Indexes: order_once, order_by_day.
SELECT
    coalesce(theirs.number, ours.number) AS number,
    theirs.amount AS theirs,
    ours.amount AS ours,
    ours.day,
    ours.state,
    CASE
        WHEN ours.number IS NULL THEN 'missing'
        WHEN NOT ours.is_within THEN 'elsewhere'
        WHEN theirs.number IS NULL THEN 'only_ours'
        WHEN theirs.amount = ours.amount THEN 'matched'
        ELSE 'amount'
    END AS place
FROM their_order AS theirs
FULL JOIN (
    SELECT
        paid.number, paid.amount, paid.day, paid.state,
        paid.day >= %(first_day)s AND paid.day < %(next_day)s
        AND (%(platform)s = '' OR paid.platform = %(platform)s) AS is_within
    FROM fans_order AS paid
    WHERE
        paid.project_id = %(project)s
        AND (
            paid.number IN (SELECT their_order.number FROM their_order)
            OR (
                paid.day >= %(first_day)s AND paid.day < %(next_day)s
                AND (%(platform)s = '' OR paid.platform = %(platform)s)
            )
        )
) AS ours ON ours.number = theirs.number
