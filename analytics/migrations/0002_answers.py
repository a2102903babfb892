import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0001_folds"),
        ("brands", "0010_webhooks"),
    ]

    operations = [
        migrations.CreateModel(
            name="DayAnswers",
            fields=[
                (
                    "call",
                    models.CharField(
                        choices=[
                            ("event", "One event"),
                            ("batch", "A batch"),
                            ("read", "Reading back"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "within",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "brand",
                        "call",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField()),
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
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("within__len", 128)),
                        name="day_answers_have_every_bucket",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QuarterAnswers",
            fields=[
                (
                    "call",
                    models.CharField(
                        choices=[
                            ("event", "One event"),
                            ("batch", "A batch"),
                            ("read", "Reading back"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "within",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "brand",
                        "call",
                        "quarter",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("quarter", models.DateTimeField()),
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
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("within__len", 128)),
                        name="quarter_answers_have_every_bucket",
                    )
                ],
            },
        ),
        # Rows that are changed again and again find room for it on their page.
        migrations.RunSQL(
            "ALTER TABLE analytics_quarteranswers SET (fillfactor = 50); ALTER TABLE analytics_dayanswers SET (fillfactor = 50)",
            migrations.RunSQL.noop,
        ),
    ]
