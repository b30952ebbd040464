-- The schemas with a parked row.
SELECT DISTINCT schema FROM siyu_duework WHERE parked_at IS NOT NULL AND schema = ANY(%(schemas)s)
