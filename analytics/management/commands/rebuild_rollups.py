"""`manage.py rebuild_rollups`: make the figures of reports again from the events, while they are being read."""

import sys
import time
from typing import Any

from django.utils import timezone

from analytics import services
from analytics.management.of_brands import OfBrands
from analytics.queries.progress import events_of, folded_of
from brands.models import Brand

WIDTH = 30
FIRST_CHUNK = 20_000


class Command(OfBrands):
    help = (
        "Makes the figures of reports from nothing, beside those that are read, which they replace at the end. "
        "Stopped and started again, it goes on where it was."
    )

    def handle(self, *_: Any, brand: str | None, **__: Any) -> None:
        for each in self.brands(brand):
            self.rebuild(each)
        while services.sweep():
            pass

    def rebuild(self, brand: Brand) -> None:
        began = time.monotonic()
        fold = services.start_build(brand=brand, now=timezone.now())
        whole, done = events_of(brand.pk), fold.events
        if done:
            self.stdout.write(f"{brand.slug}: goes on after {done:,} events")
        limit = FIRST_CHUNK
        while True:
            progress = services.advance(fold_id=fold.pk, limit=limit, now=timezone.now(), wait=True)
            done = folded_of(fold.pk)
            self.draw(brand.slug, done, max(whole, done))
            if progress.caught_up or progress.over:
                break
            limit = services.next_limit(limit, progress)
        services.count_gone_anew(brand=brand, now=timezone.now())
        seconds = time.monotonic() - began
        self.stdout.write(f"{self.line_end()}{brand.slug}: {done:,} events in {seconds:.1f} s")

    def draw(self, slug: str, done: int, whole: int) -> None:
        """In place on a terminal; elsewhere nothing, so that logs stay short."""
        if sys.stderr.isatty():
            share = done / whole if whole else 1.0
            bar = "#" * round(share * WIDTH)
            self.stderr.write(f"\r{slug} [{bar:.<{WIDTH}}] {share:4.0%} ", ending="")
            self.stderr.flush()

    def line_end(self) -> str:
        return "\r" if sys.stderr.isatty() else ""
