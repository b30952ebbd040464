-- The volumes of single days from first_day to before next_day. A row: a day on which anything was counted; gmv is net.
-- Index: day_flow_once.
SELECT
    flow.day,
    sum(flow.diverted) AS diverted,
    sum(flow.valid) AS valid,
    sum(flow.koc) AS koc_users,
    sum(flow.referral) AS referral_users,
    sum(flow.gross - flow.refunds_before_shipping - flow.refunds_after_receipt - flow.refunds_unknown) AS gmv
FROM kpi_dayflow AS flow
WHERE flow.project_id = %(project)s AND flow.day >= %(first_day)s AND flow.day < %(next_day)s
GROUP BY flow.day
