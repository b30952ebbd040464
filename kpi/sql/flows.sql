-- What adds up over days, from the day flows. A row: a period and the cut asked for (at most one of account_id, guide
-- and channel_id is given). The last four columns are counts of fans of one day each and mean something only where
-- every period is a single day.
-- Index: day_flow_once.
WITH period AS (
    SELECT * FROM unnest(%(firsts)s::date[], %(nexts)s::date[], %(befores)s::timestamptz[])
        AS p (first_day, next_day, before_at)
)
SELECT
    period.first_day,
    CASE WHEN %(by)s = 'account' THEN flow.account_id END AS account_id,
    CASE WHEN %(by)s = 'guide' THEN flow.guide END AS guide,
    CASE WHEN %(by)s = 'channel' THEN flow.channel_id END AS channel_id,
    sum(flow.diverted) AS diverted,
    sum(flow.valid) AS valid,
    sum(flow.koc) AS koc,
    sum(flow.referral) AS referral,
    sum(flow.rated) AS rated,
    sum(flow.rated_good) AS rated_good,
    sum(flow.orders) AS orders,
    sum(flow.gross) AS gross,
    sum(flow.dual) AS dual,
    sum(flow.refunds_before_shipping) AS refunds_before_shipping,
    sum(flow.refunds_after_receipt) AS refunds_after_receipt,
    sum(flow.refunds_unknown) AS refunds_unknown,
    sum(flow.unbound) AS unbound,
    sum(flow.before_added) AS before_added,
    sum(flow.natural) AS "natural",
    sum(flow.arrived) AS arrived,
    sum(flow.churned_old) AS churned_old,
    sum(flow.churned_new) AS churned_new,
    sum(flow.interacted) AS interacted
FROM period
CROSS JOIN LATERAL (  -- OFFSET 0: a range of the index per period, also while a table just filled has no statistics
    SELECT * FROM kpi_dayflow AS f
    WHERE f.project_id = %(project)s AND f.day >= period.first_day AND f.day < period.next_day
    OFFSET 0
) AS flow
GROUP BY 1, 2, 3, 4
