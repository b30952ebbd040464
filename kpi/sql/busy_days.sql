-- The days on which there is a fact to count or a flow to replace. A row: a local day.
-- Indexes: presence_by_begin, presence_by_end, holding_by_begin, holding_by_end, event_inbound_day, event_of_day,
-- order_by_day, refund_by_day, day_flow_once.
SELECT begun_day FROM fans_presence WHERE project_id = %(project)s
UNION
SELECT ended_day FROM fans_presence WHERE project_id = %(project)s AND ended_day IS NOT NULL
UNION
SELECT begun_day FROM fans_holding WHERE project_id = %(project)s
UNION
SELECT ended_day FROM fans_holding WHERE project_id = %(project)s AND ended_day IS NOT NULL
UNION
SELECT day FROM fans_event
WHERE project_id = %(project)s AND superseded_by IS NULL AND status = 0 AND kind = 4 AND inbound
UNION
SELECT day FROM fans_event WHERE project_id = %(project)s AND superseded_by IS NULL AND status = 0 AND kind = 5
UNION
SELECT day FROM fans_event WHERE project_id = %(project)s AND superseded_by IS NULL AND status = 0 AND kind >= 11
UNION
SELECT day FROM fans_order WHERE project_id = %(project)s
UNION
SELECT day FROM fans_refund WHERE project_id = %(project)s
UNION
SELECT day FROM kpi_dayflow WHERE project_id = %(project)s
