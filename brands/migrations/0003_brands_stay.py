from pathlib import Path

from django.db import migrations

HERE = Path(__file__)


class Migration(migrations.Migration):
    dependencies = [("brands", "0002_config_version")]

    operations = [
        migrations.RunSQL(
            HERE.with_suffix(".sql").read_text(),
            reverse_sql=HERE.with_suffix(".reverse.sql").read_text(),
        ),
    ]
