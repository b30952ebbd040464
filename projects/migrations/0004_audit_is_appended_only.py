"""What was recorded of a change stays as it was recorded: held by the database, whoever writes."""

from django.db import migrations

# TRUNCATE is not refused: only the schema's owner may, and a brand's role never.
CREATE = """
CREATE FUNCTION audit_refuses_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of projects_auditentry are appended and never changed'
        USING ERRCODE = 'restrict_violation', TABLE = 'projects_auditentry', CONSTRAINT = 'audit_appended_only';
END $$;
CREATE TRIGGER audit_appended_only BEFORE UPDATE OR DELETE ON projects_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_refuses_changes();
"""
DROP = """
DROP TRIGGER audit_appended_only ON projects_auditentry;
DROP FUNCTION audit_refuses_changes();
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0003_commitments_contacts_audit")]

    operations = [migrations.RunSQL(CREATE, DROP)]
