-- Removes placements by id. A row is one guides.Placement; by primary key.
-- In SQL since Django, before it deletes, would look for rows of brands' schemas that point here.
DELETE FROM guides_placement WHERE id = ANY(%(ids)s);
