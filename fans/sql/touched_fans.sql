-- The fans whose projections are derived anew. A row is a fan.
SELECT fan_id FROM touched_fan
