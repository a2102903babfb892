"""manage.py demo: the demo brands, made or found again."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from portal.demo import make_demo


class Command(BaseCommand):
    help = "Make three demo brands with a month of events, and print how to get in, as JSON."

    def handle(self, **_options: Any) -> None:
        try:
            former = json.loads(Path(settings.RESONANCE_DATA, "demo.json").read_text())
        except (OSError, ValueError):
            former = {}
        made = make_demo(former=former if isinstance(former, dict) else {}, now=timezone.now())
        self.stdout.write(json.dumps(made))
