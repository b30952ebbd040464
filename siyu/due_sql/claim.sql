-- The next row: of the brand with the fewest running, then of the one whose last turn is longest ago, the oldest that is
-- due or whose lease has ended. Kinds that can wait (%(patient)s) give way to the others of their brand, for a while.
-- Rows that an asking transaction holds are passed over.
-- due_at goes to the end of time, so that what is asked for while it runs can be told apart.
WITH running AS (
    SELECT schema, count(*) AS number FROM siyu_duework WHERE leased_until > clock_timestamp() GROUP BY schema
),
next AS (
    SELECT due.id, due.schema
    FROM siyu_duework AS due LEFT JOIN running USING (schema) LEFT JOIN siyu_dueturn AS turn USING (schema)
    WHERE parked_at IS NULL
      AND (leased_until IS NULL AND due_at <= clock_timestamp() OR leased_until <= clock_timestamp())
      AND kind = ANY(%(kinds)s) AND due.schema = ANY(%(schemas)s)
      AND coalesce(running.number, 0) < %(per_brand)s
    ORDER BY
        coalesce(running.number, 0),
        turn.number NULLS FIRST,
        kind = ANY(%(patient)s) AND least(due_at, leased_until) > clock_timestamp() - %(patience)s,
        least(due_at, leased_until),
        due.id
    LIMIT 1
    FOR UPDATE OF due SKIP LOCKED
),
turn AS (
    INSERT INTO siyu_dueturn (schema, number)
    SELECT schema, (SELECT coalesce(max(number), 0) + 1 FROM siyu_dueturn) FROM next
    ON CONFLICT (schema) DO UPDATE SET number = excluded.number
)
UPDATE siyu_duework AS due
SET leased_until = clock_timestamp() + %(lease)s, attempts = attempts + 1, due_at = '9999-01-01 00:00:00+00'
FROM next
WHERE due.id = next.id
RETURNING due.id, due.schema, kind, subject, asked, attempts, leased_until
