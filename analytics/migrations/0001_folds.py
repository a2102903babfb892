import analytics.models.people
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("brands", "0010_webhooks"),
        ("events", "0010_events_by_time"),
        ("wallets", "0004_adjustments"),
    ]

    operations = [
        migrations.CreateModel(
            name="Fold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("building", "Building"), ("live", "Live"), ("old", "Old")],
                        max_length=8,
                    ),
                ),
                ("zone", models.CharField(max_length=64)),
                ("position", models.BigIntegerField(default=-1)),
                ("event", models.UUIDField(default="00000000-0000-0000-0000-000000000000")),
                ("events", models.BigIntegerField(default=0)),
                ("live_people", models.IntegerField(default=0)),
                ("test_people", models.IntegerField(default=0)),
                ("started_at", models.DateTimeField()),
                ("folded_at", models.DateTimeField()),
                (
                    "brand",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="brands.brand",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DayFigures",
            fields=[
                ("test", models.BooleanField()),
                ("status", models.CharField(max_length=20)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("events", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "fold",
                        "test",
                        "day",
                        "event_type",
                        "status",
                        "reason",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField()),
                (
                    "event_type",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="events.eventtype",
                    ),
                ),
                (
                    "fold",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="analytics.fold",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MinuteFigures",
            fields=[
                ("test", models.BooleanField()),
                ("status", models.CharField(max_length=20)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("events", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "fold",
                        "test",
                        "minute",
                        "event_type",
                        "status",
                        "reason",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("minute", models.DateTimeField()),
                (
                    "event_type",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="events.eventtype",
                    ),
                ),
                (
                    "fold",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="analytics.fold",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "fold",
                        "test",
                        "wallet",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("test", models.BooleanField()),
                ("number", models.IntegerField()),
                ("first_at", models.DateTimeField()),
                ("earned", models.BigIntegerField()),
                (
                    "fold",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="analytics.fold",
                    ),
                ),
                (
                    "wallet",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="wallets.wallet",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "fold",
                        "test",
                        "day",
                        "block",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("test", models.BooleanField()),
                ("day", models.DateField()),
                ("block", models.IntegerField()),
                ("bits", analytics.models.people.BitsField()),
                (
                    "fold",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="analytics.fold",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QuarterFigures",
            fields=[
                ("test", models.BooleanField()),
                ("status", models.CharField(max_length=20)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("events", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "fold",
                        "test",
                        "quarter",
                        "event_type",
                        "status",
                        "reason",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("quarter", models.DateTimeField()),
                (
                    "event_type",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="events.eventtype",
                    ),
                ),
                (
                    "fold",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="analytics.fold",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="fold",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["building", "live", "old"])),
                name="fold_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="fold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "live")),
                fields=("brand",),
                name="fold_is_one_live_per_brand",
            ),
        ),
        migrations.AddConstraint(
            model_name="fold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "building")),
                fields=("brand",),
                name="fold_is_one_building_per_brand",
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                fields=["fold", "test", "first_at"], include=("number",), name="person_by_first_at"
            ),
        ),
        # Rows that are changed again and again find room for it on their page.
        migrations.RunSQL(
            "ALTER TABLE analytics_person SET (fillfactor = 80); ALTER TABLE analytics_presence SET (fillfactor = 70)",
            migrations.RunSQL.noop,
        ),
    ]
