-- Whether events speak of the fans and orders of the days asked for (kpi/METRICS.md, Day totals). A row: a day.
-- Indexes: presence_by_begin, presence_by_end, member_once, order_by_day, refund_by_day.
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
        SELECT FROM fans_order AS paid WHERE paid.project_id = %(project)s AND paid.day = asked.day
    ) OR EXISTS (
        SELECT FROM fans_refund AS refund
        WHERE refund.project_id = %(project)s AND refund.day = asked.day AND refund.state = 'applied'
    ) AS orders
FROM unnest(%(days)s::date[]) AS asked (day)
