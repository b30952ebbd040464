-- One mark over every day on which the project has facts, open to the end. Indexes: *_by_begin, *_by_day, event_of_day.
INSERT INTO projects_daymark (project_id, first_day)
SELECT %(project)s, min(day)
FROM (
    SELECT min(begun_day) AS day FROM fans_presence WHERE project_id = %(project)s
    UNION ALL
    SELECT min(day) FROM fans_order WHERE project_id = %(project)s
    UNION ALL
    SELECT min(day) FROM fans_refund WHERE project_id = %(project)s
    UNION ALL
    SELECT min(day) FROM fans_event
    WHERE project_id = %(project)s AND kind = 5 AND superseded_by IS NULL AND status = 0
) firsts
HAVING min(day) IS NOT NULL
