from decimal import Decimal

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_entries_say_who")]

    operations = [
        migrations.AddField(
            "reportschedule",
            "restate_share",
            models.DecimalField(max_digits=5, decimal_places=4, default=Decimal("0.005")),
        ),
        migrations.AddField("reportschedule", "deemed_proposal", models.JSONField(null=True)),
        migrations.AddConstraint(
            "reportschedule",
            models.CheckConstraint(
                name="schedule_restate_share_is_a_share", condition=Q(restate_share__gte=0, restate_share__lte=1)
            ),
        ),
    ]
