"""`manage.py verify_rollups`: hold the figures of reports against the events, every day of them."""

import sys
from typing import Any

from django.utils import timezone

from analytics import services
from analytics.management.of_brands import OfBrands

SAID = {
    "days": "events and amounts by day",
    "quarters": "events and amounts by quarter of an hour",
    "minutes": "events and amounts by minute",
    "present": "who came",
    "people": "who came first when",
    "events": "how many events there are",
    "earned": "what people earned",
    "gone": "what left people, by month of issue",
}


class Command(OfBrands):
    help = (
        "Counts every day's events again and compares. Changes nothing; exits 1 where figures differ: "
        "`manage.py rebuild_rollups` makes them again."
    )

    def handle(self, *_: Any, brand: str | None, **__: Any) -> None:
        wrong = 0
        for each in self.brands(brand):
            found = services.verify_brand(brand=each, now=timezone.now())
            for difference in found:
                day = f" on {difference.day}" if difference.day else ""
                self.stdout.write(f"{each.slug}: {SAID[difference.kind]}{day}")
            wrong += len(found)
        if wrong:
            self.stderr.write(f"Figures differ from the events: {wrong} findings.")
            sys.exit(1)
        self.stdout.write("The figures are those of the events.")
