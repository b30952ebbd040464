"""On any day a guide's shares sum to at most 1: held by the database, whoever writes."""

from django.db import migrations

# A row's range can only be overfull on a day where one of the shares in it begins, or on its own first day.
# The guide's row is locked, so that of two transactions each sees what the other committed; NO KEY, since the foreign
# keys of both hold KEY SHARE on that row already and a full lock would deadlock. SECURITY DEFINER with a fixed search
# path, since a deferred trigger runs at commit, perhaps inside a brand whose role may not write here.
CREATE = """
CREATE FUNCTION guides_hold_shares() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    overfull record;
BEGIN
    PERFORM 1 FROM guides_guide WHERE id = NEW.guide_id FOR NO KEY UPDATE;
    SELECT edge.day, sum(placement.share) AS total INTO overfull
    FROM (
        SELECT NEW.starts_on AS day
        UNION
        SELECT starts_on FROM guides_placement
        WHERE guide_id = NEW.guide_id AND starts_on > NEW.starts_on
          AND (NEW.ends_on IS NULL OR starts_on <= NEW.ends_on)
    ) AS edge
    JOIN guides_placement AS placement
      ON placement.guide_id = NEW.guide_id AND placement.starts_on <= edge.day
     AND (placement.ends_on IS NULL OR placement.ends_on >= edge.day)
    GROUP BY edge.day HAVING sum(placement.share) > 1
    ORDER BY edge.day LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'shares of guide % sum to % on %', NEW.guide_id, overfull.total, overfull.day
            USING ERRCODE = 'check_violation', TABLE = 'guides_placement',
                  CONSTRAINT = 'placement_shares_at_most_one';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION guides_hold_shares() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER placement_shares_at_most_one
    AFTER INSERT OR UPDATE ON guides_placement DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION guides_hold_shares();
"""
DROP = """
DROP TRIGGER placement_shares_at_most_one ON guides_placement;
DROP FUNCTION guides_hold_shares();
"""


class Migration(migrations.Migration):
    dependencies = [("guides", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, DROP)]
