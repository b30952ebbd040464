"""Never two PMs of a project at one instant: held by the database."""

from django.db import migrations

# Both parts are ranges, so that the index needs no extension (btree_gist) for the project's id.
CREATE = """
ALTER TABLE projects_teamseat ADD CONSTRAINT seat_one_pm_at_a_time EXCLUDE USING gist (
    int8range(project_id, project_id, '[]') WITH &&,
    daterange(starts_on, ends_on, '[]') WITH &&
) WHERE (role = 'pm');
"""
DROP = "ALTER TABLE projects_teamseat DROP CONSTRAINT seat_one_pm_at_a_time;"


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, DROP)]
