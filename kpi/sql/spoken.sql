-- Which source spoke of which day, by group. A row: a day. `*_totals`: totals were stated, and whether they count;
-- `*_flows`: something was counted, from whichever source.
-- Indexes: day_total_once, day_flow_once.
WITH total AS (
    SELECT
        day,
        bool_or(counts_fans) FILTER (WHERE added IS NOT NULL) AS fans_totals,
        bool_or(counts_service) FILTER (WHERE replied IS NOT NULL) AS service_totals,
        bool_or(counts_orders) FILTER (WHERE paid IS NOT NULL) AS orders_totals
    FROM kpi_daytotal
    WHERE project_id = %(project)s
    GROUP BY day
),
flow AS (
    SELECT
        day,
        bool_or(begun > 0 OR ended > 0) AS fans_flows,
        bool_or(interacted > 0) AS service_flows,
        bool_or(
            orders > 0 OR gross > 0 OR unbound > 0 OR before_added > 0 OR "natural" > 0
            OR refunds_before_shipping > 0 OR refunds_after_receipt > 0 OR refunds_unknown > 0
        ) AS orders_flows
    FROM kpi_dayflow
    WHERE project_id = %(project)s
    GROUP BY day
)
SELECT
    coalesce(total.day, flow.day) AS day,
    total.fans_totals,
    total.service_totals,
    total.orders_totals,
    coalesce(flow.fans_flows, false) AS fans_flows,
    coalesce(flow.service_flows, false) AS service_flows,
    coalesce(flow.orders_flows, false) AS orders_flows
FROM total
FULL JOIN flow ON flow.day = total.day
ORDER BY 1
