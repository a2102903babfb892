from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [
        ("brands", "0002_config_version"),
        ("wallets", "0002_books"),
        ("events", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            (HERE / "0002_record.sql").read_text(), (HERE / "0002_record_undo.sql").read_text()
        ),
    ]
