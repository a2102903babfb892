from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("events", "0004_feed"), ("wallets", "0004_adjustments")]

    operations = [
        migrations.RunSQL(
            (HERE / "0005_acquaintance.sql").read_text(),
            "DROP TRIGGER meet ON events_event; DROP FUNCTION events_meet;",
        ),
    ]
