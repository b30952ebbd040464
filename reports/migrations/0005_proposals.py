import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_restating_and_silence")]

    operations = [
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "revision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="proposal", to="reports.revision"
                    ),
                ),
                ("is_awaited", models.BooleanField()),
                ("changes", models.JSONField(default=list)),
                ("causes", models.JSONField(default=list)),
                ("is_significant", models.BooleanField(default=False)),
                ("looked_at", models.DateTimeField(null=True)),
                ("kept_by", models.CharField(blank=True, max_length=60)),
                ("kept_why", models.TextField(blank=True)),
                ("kept_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ProposalLook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="projects.project"
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("definition_version", models.PositiveIntegerField()),
                ("looked_at", models.DateTimeField()),
            ],
        ),
    ]
