from pathlib import Path

from django.db import migrations, models

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0003_exact_numbers"),
    ]

    operations = [
        migrations.RunSQL(
            (HERE / "0004_feed.sql").read_text(),
            (HERE / "0004_feed_undo.sql").read_text(),
            state_operations=[
                migrations.AddField(
                    model_name="event",
                    name="position",
                    field=models.BigIntegerField(
                        db_default=models.Func(function="events_position")
                    ),
                ),
                migrations.AddIndex(
                    model_name="event",
                    index=models.Index(fields=["brand", "position", "id"], name="event_feed"),
                ),
            ],
        ),
    ]
