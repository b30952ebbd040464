"""An import says which columns of its file nothing is read of."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connectors", "0001_file_imports")]

    operations = [migrations.AddField("fileimport", "unread", models.JSONField(default=list))]
