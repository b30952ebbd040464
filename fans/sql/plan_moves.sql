-- Deal fans to accounts: from each account %(giving)s as many as %(gives)s says, evenly over its places; to each account
-- %(taking)s as many as %(takes)s says, dealt in turn along channel, tier and code, so that every account gets its share
-- of each channel and tier. A row is a move.
WITH given AS (
    SELECT c.fan_id, c.account_id, row_number() OVER (ORDER BY c.channel_id NULLS FIRST, c.tier, c.code) AS turn
    FROM plan_candidate c
    JOIN unnest(%(giving)s::bigint[], %(gives)s::bigint[], %(holding)s::bigint[]) g (account_id, gives, holding)
      ON g.account_id IS NOT DISTINCT FROM c.account_id
    WHERE NOT c.barred AND c.place * g.gives / g.holding > (c.place - 1) * g.gives / g.holding
),
seat AS (
    SELECT t.account_id, row_number() OVER (ORDER BY (k - 0.5) / t.takes, t.rank) AS turn
    FROM unnest(%(taking)s::bigint[], %(takes)s::bigint[]) WITH ORDINALITY t (account_id, takes, rank),
         generate_series(1, t.takes) k
)
INSERT INTO fans_plannedmove (plan_id, fan_id, from_account_id, to_account_id)
SELECT %(plan)s, given.fan_id, given.account_id, seat.account_id FROM given JOIN seat USING (turn)
