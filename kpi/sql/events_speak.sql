-- Whether events speak of the days asked for, by group (kpi/METRICS.md, Day totals). A row: a day.
-- Indexes: presence_by_begin, presence_by_end, member_once, event_inbound_day, order_by_day, refund_by_day.
SELECT
    asked.day,
    EXISTS (
        SELECT FROM fans_presence AS presence
        JOIN fans_member AS member ON member.project_id = %(project)s AND member.fan_id = presence.fan_id
        WHERE
            presence.project_id = %(project)s AND presence.begun_day = asked.day
            AND NOT (presence.number = 1 AND member.opening)
    ) OR EXISTS (
        SELECT FROM fans_presence AS presence
        WHERE presence.project_id = %(project)s AND presence.ended_day = asked.day
    ) AS fans,
    EXISTS (
        SELECT FROM fans_event AS event
        JOIN fans_member AS member ON member.project_id = %(project)s AND member.fan_id = event.fan_id
        WHERE
            event.project_id = %(project)s AND event.day = asked.day
            AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 4 AND event.inbound
            AND member.known_at IS NOT NULL
    ) AS service,
    EXISTS (
        SELECT FROM fans_order AS paid WHERE paid.project_id = %(project)s AND paid.day = asked.day
    ) OR EXISTS (
        SELECT FROM fans_refund AS refund
        WHERE refund.project_id = %(project)s AND refund.day = asked.day AND refund.state = 'applied'
    ) AS orders
FROM unnest(%(days)s::date[]) AS asked (day)
