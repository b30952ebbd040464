import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0006_layouts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="projects.project"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("asked", models.JSONField()),
                ("form", models.CharField(max_length=4)),
                ("title", models.CharField(max_length=200)),
                ("language", models.CharField(max_length=10)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "排队中"),
                            ("running", "生成中"),
                            ("done", "已完成"),
                            ("failed", "失败"),
                            ("expired", "已过期"),
                        ],
                        default="queued",
                        max_length=7,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("rows", models.BigIntegerField(default=0)),
                ("expected", models.BigIntegerField(null=True)),
                ("file", models.CharField(blank=True, max_length=80)),
                ("size", models.BigIntegerField(null=True)),
                ("error", models.CharField(blank=True, max_length=300)),
                ("asked_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
            ],
            options={"indexes": [models.Index(fields=["user", "-asked_at"], name="export_of_person")]},
        ),
        migrations.AddConstraint(
            "export", models.CheckConstraint(name="export_form_known", condition=Q(form__in=["xlsx", "csv"]))
        ),
        migrations.AddConstraint(
            "export",
            models.CheckConstraint(
                name="export_done_has_a_file",
                condition=~Q(state="done") | (~Q(file="") & Q(expires_at__isnull=False)),
            ),
        ),
    ]
