"""A report's link belongs to the first browser that read by it, and is used up by an approval."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0006_found_and_hand_links")]

    operations = [
        migrations.AddField("reportlink", "device", models.BinaryField(null=True)),
        migrations.AddField("reportlink", "used_at", models.DateTimeField(null=True)),
    ]
