-- The logs of the fans in touched_fan, in the order in which they are folded. A row is an addition, a decision or a loss in
-- force. Index: event_of_fan.
SELECT e.fan_id, e.at, e.kind, a.code, e.account_id, e.from_given, b.code, e.tie, e.group_code, e.cause, e.channel_id, e.opening,
       e.koc_post, e.referrer
FROM touched_fan t
JOIN fans_event e
  ON e.project_id = %(project)s AND e.fan_id = t.fan_id AND e.kind IN (1, 2, 3)
 AND e.superseded_by IS NULL AND e.status = 0
LEFT JOIN projects_account a ON a.id = e.account_id
LEFT JOIN projects_account b ON b.id = e.from_account_id
ORDER BY e.fan_id, e.at, e.kind, e.key
