-- What the stock of present and of held fans changed by, between the period beginnings asked for. A row: how many of
-- the (ascending) beginnings lie on or before the day, an account or a channel where the cut needs it. Summed over the
-- rows of a smaller number than its own, a beginning's stock is |P(S)| and the fans each account holds just before S.
-- Index: day_flow_once.
SELECT
    width_bucket(flow.day, %(firsts)s::date[]) AS beginnings_passed,
    CASE WHEN %(by)s IN ('account', 'guide') THEN flow.account_id END AS account_id,
    CASE WHEN %(by)s = 'channel' THEN flow.channel_id END AS channel_id,
    sum(flow.begun - flow.ended) AS present,
    sum(flow.held_in - flow.held_out) AS held
FROM kpi_dayflow AS flow
WHERE
    flow.project_id = %(project)s
    AND flow.day < (%(firsts)s::date[])[cardinality(%(firsts)s::date[])]
    AND (flow.begun > 0 OR flow.ended > 0 OR flow.held_in > 0 OR flow.held_out > 0)
GROUP BY 1, 2, 3
