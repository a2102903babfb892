"""manage.py restored: after a dump was restored, keep the feed of events in order."""

from typing import Any

from django.core.management.base import BaseCommand

from events.services.feed import raise_epoch


class Command(BaseCommand):
    help = (
        "Run this once after a database was restored from a dump or a backup, before it is used: "
        "partners who follow the feed of events go on where they are, and miss nothing."
    )

    def handle(self, **_options: Any) -> None:
        epoch = raise_epoch()
        self.stdout.write(
            f"The feed of events is in epoch {epoch}: what is recorded from now on comes after "
            "all that was restored. Partners' cursors still hold."
        )
