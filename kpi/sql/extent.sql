-- From which to which day there is anything to count. One row: the first and last day with a fact or a flow, and the
-- last day with a fact; null where there is nothing.
-- Indexes: presence_by_begin, presence_by_end, holding_by_begin, holding_by_end, event_inbound_day, event_of_day,
-- event_day_totals, order_by_day, refund_by_day, day_flow_once, day_total_once (each end by one probe).
WITH fact AS (
    SELECT min(begun_day) AS first_day, max(begun_day) AS last_day FROM fans_presence WHERE project_id = %(project)s
    UNION ALL
    SELECT min(ended_day), max(ended_day) FROM fans_presence WHERE project_id = %(project)s AND ended_day IS NOT NULL
    UNION ALL
    SELECT min(begun_day), max(begun_day) FROM fans_holding WHERE project_id = %(project)s
    UNION ALL
    SELECT min(ended_day), max(ended_day) FROM fans_holding WHERE project_id = %(project)s AND ended_day IS NOT NULL
    UNION ALL
    SELECT min(day), max(day) FROM fans_event
    WHERE project_id = %(project)s AND superseded_by IS NULL AND status = 0 AND kind = 4 AND inbound
    UNION ALL
    SELECT min(day), max(day) FROM fans_event
    WHERE project_id = %(project)s AND superseded_by IS NULL AND status = 0 AND kind = 5
    UNION ALL
    SELECT min(day), max(day) FROM fans_event
    WHERE project_id = %(project)s AND superseded_by IS NULL AND status = 0 AND kind = 8
    UNION ALL
    SELECT min(day), max(day) FROM fans_event
    WHERE project_id = %(project)s AND superseded_by IS NULL AND status = 0 AND kind = 9
    UNION ALL
    SELECT min(day), max(day) FROM fans_event
    WHERE project_id = %(project)s AND superseded_by IS NULL AND status = 0 AND kind >= 11
    UNION ALL
    SELECT min(day), max(day) FROM fans_order WHERE project_id = %(project)s
    UNION ALL
    SELECT min(day), max(day) FROM fans_refund WHERE project_id = %(project)s
),
flow AS (
    SELECT min(day) AS first_day, max(day) AS last_day FROM kpi_dayflow WHERE project_id = %(project)s
    UNION ALL
    SELECT min(day), max(day) FROM kpi_daytotal WHERE project_id = %(project)s
)
SELECT
    least(min(fact.first_day), min(flow.first_day)) AS first_day,
    greatest(max(fact.last_day), max(flow.last_day)) AS last_day,
    max(fact.last_day) AS facts_through
FROM fact
CROSS JOIN flow
