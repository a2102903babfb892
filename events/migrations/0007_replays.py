import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("brands", "0009_invitations"),
        ("events", "0006_acquainted"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Replay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("total", models.IntegerField()),
                ("counts", models.JSONField(default=dict)),
                ("paid", models.BigIntegerField(default=0)),
                ("paid_test", models.BigIntegerField(default=0)),
                ("after_at", models.DateTimeField(null=True)),
                ("after_id", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("touched_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("stopped", models.CharField(blank=True, default="", max_length=40)),
            ],
        ),
        migrations.AddField(
            model_name="unmatchedevent",
            name="client",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.AddField(
            model_name="unmatchedevent",
            name="judge_at_occurred",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="unmatchedevent",
            name="request",
            field=models.JSONField(default=dict),
        ),
        migrations.AddIndex(
            model_name="unmatchedevent",
            index=models.Index(fields=["name", "received_at", "id"], name="unmatched_by_name"),
        ),
        migrations.AddField(
            model_name="replay",
            name="brand",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replays",
                to="brands.brand",
            ),
        ),
        migrations.AddField(
            model_name="replay",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="replay",
            name="event_type",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replays",
                to="events.eventtype",
            ),
        ),
        migrations.AddConstraint(
            model_name="replay",
            constraint=models.UniqueConstraint(
                condition=models.Q(("finished_at__isnull", True)),
                fields=("event_type",),
                name="event_type_is_replayed_by_one_run_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="replay",
            constraint=models.CheckConstraint(
                condition=models.Q(("total__gte", 0), ("paid__gte", 0), ("paid_test__gte", 0)),
                name="replay_counts_are_not_negative",
            ),
        ),
    ]
