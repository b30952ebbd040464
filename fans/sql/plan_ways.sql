-- How a plan's moves are carried out: where the fan is a friend of the new account already, by record alone; otherwise WeCom
-- has to transfer her. The row: moves by record, moves by transfer. Index: tie_of_fan.
SELECT count(*) FILTER (WHERE friend), count(*) FILTER (WHERE NOT friend)
FROM (
    SELECT EXISTS (
        SELECT FROM fans_tie t
        WHERE t.project_id = %(project)s AND t.fan_id = m.fan_id AND t.kind = 1 AND t.account_id = m.to_account_id
          AND t.closed_at IS NULL
    ) AS friend
    FROM fans_plannedmove m WHERE m.plan_id = %(plan)s
) ways
