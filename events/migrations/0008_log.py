from pathlib import Path

import django.db.models.deletion
import events.models.log
from django.db import migrations, models

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [
        ("brands", "0009_invitations"),
        ("events", "0007_replays"),
    ]

    operations = [
        migrations.CreateModel(
            name="LogBlock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("test", models.BooleanField()),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("events", models.IntegerField()),
                (
                    "brand",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="brands.brand",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["brand", "test", "-last_at"], name="log_block_by_time")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("first_at__lte", models.F("last_at"))),
                        name="log_block_begins_before_it_ends",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LogEntry",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="events.event",
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("terms", events.models.log.TermsField()),
            ],
        ),
        migrations.CreateModel(
            name="LogHorizon",
            fields=[
                (
                    "brand",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="brands.brand",
                    ),
                ),
                ("position", models.BigIntegerField()),
                ("event", models.UUIDField()),
            ],
        ),
        migrations.RunSQL(
            (HERE / "0008_log.sql").read_text(), (HERE / "0008_log_undo.sql").read_text()
        ),
    ]
