"""A revision stays as it was frozen, a transition as it was recorded: held by the database, whoever writes."""

from django.db import migrations

# A revision's words are frozen once, when it is sent; nothing else of it ever changes.
CREATE = """
CREATE FUNCTION reports_refuse_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are appended and never changed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER revision_never_deleted BEFORE DELETE ON reports_revision
    FOR EACH ROW EXECUTE FUNCTION reports_refuse_changes();
CREATE TRIGGER revision_frozen BEFORE UPDATE ON reports_revision
    FOR EACH ROW WHEN (
        OLD.sent_at IS NOT NULL
        OR (OLD.id, OLD.report_id, OLD.number, OLD.payload, OLD.sha256, OLD.annex, OLD.annex_sha256, OLD.seq,
            OLD.definition_version, OLD.forecast_version, OLD.incomplete, OLD.made_at, OLD.made_by, OLD.why)
           IS DISTINCT FROM
           (NEW.id, NEW.report_id, NEW.number, NEW.payload, NEW.sha256, NEW.annex, NEW.annex_sha256, NEW.seq,
            NEW.definition_version, NEW.forecast_version, NEW.incomplete, NEW.made_at, NEW.made_by, NEW.why)
    ) EXECUTE FUNCTION reports_refuse_changes();
CREATE TRIGGER transition_appended_only BEFORE UPDATE OR DELETE ON reports_transition
    FOR EACH ROW EXECUTE FUNCTION reports_refuse_changes();
"""
DROP = """
DROP TRIGGER transition_appended_only ON reports_transition;
DROP TRIGGER revision_frozen ON reports_revision;
DROP TRIGGER revision_never_deleted ON reports_revision;
DROP FUNCTION reports_refuse_changes();
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, DROP)]
