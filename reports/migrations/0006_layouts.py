"""How reports are arranged: versions that are appended, and bound to each revision as its figures are."""

from django.db import migrations, models
from django.db.models import Q

FROZEN = (
    "id", "report_id", "number", "payload", "sha256", "annex", "annex_sha256", "seq", "definition_version",
    "forecast_version", "incomplete", "made_at", "made_by", "why",
)  # fmt: skip


def guard(*columns: str) -> str:
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return f"""
DROP TRIGGER revision_frozen ON reports_revision;
CREATE TRIGGER revision_frozen BEFORE UPDATE ON reports_revision
    FOR EACH ROW WHEN (OLD.sent_at IS NOT NULL OR ({old}) IS DISTINCT FROM ({new}))
    EXECUTE FUNCTION reports_refuse_changes();
"""


APPENDED = """
CREATE TRIGGER layout_appended_only BEFORE UPDATE OR DELETE ON reports_layout
    FOR EACH ROW EXECUTE FUNCTION reports_refuse_changes();
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0005_proposals")]

    operations = [
        migrations.CreateModel(
            name="Layout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("daily", "日报"), ("weekly", "周报"), ("monthly", "月报")], max_length=7
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("blocks", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=60)),
            ],
        ),
        migrations.AddConstraint("layout", models.UniqueConstraint(fields=["kind", "version"], name="layout_once")),
        migrations.AddConstraint(
            "layout", models.CheckConstraint(name="layout_counts_from_one", condition=Q(version__gte=1))
        ),
        migrations.AddField("revision", "layout_version", models.PositiveIntegerField(default=0)),
        migrations.RunSQL(guard(*FROZEN, "layout_version"), guard(*FROZEN)),
        migrations.RunSQL(APPENDED, "DROP TRIGGER layout_appended_only ON reports_layout;"),
    ]
