-- Append marks for the days in touched_day, neighbours in one range. A row is a run of days.
INSERT INTO projects_daymark (project_id, first_day, last_day)
SELECT %(project)s, min(day), max(day)
FROM (
    SELECT day, day - (row_number() OVER (ORDER BY day))::int AS run
    FROM (SELECT DISTINCT day FROM touched_day WHERE day IS NOT NULL) d
) runs
GROUP BY run
