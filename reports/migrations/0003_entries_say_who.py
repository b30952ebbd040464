from django.db import migrations, models


class Migration(migrations.Migration):
    """Who changed an entry last, and when: empty for those of before."""

    dependencies = [("reports", "0002_what_was_said_stays")]

    operations = [
        migrations.AddField("entry", "written_by", models.CharField(blank=True, default="", max_length=60)),
        migrations.AddField("entry", "written_at", models.DateTimeField(null=True)),
    ]
