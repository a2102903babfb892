"""The index of the log says what is counted as well. Built beside the old one, without stopping anybody."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("events", "0009_announced")]

    operations = [
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                fields=["brand", "test", "received_at", "id"],
                include=["event_type", "rule_version", "status", "reason", "amount"],
                name="event_by_time",
            ),
        ),
        RemoveIndexConcurrently(model_name="event", name="event_log"),
    ]
