"""manage.py verify_ledger: prove the books, or say what is wrong with them."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from events.services.verify import verify_ledger


class Command(BaseCommand):
    help = "Recompute every balance from the transfers and compare. Exits 1 where anything is off."

    def handle(self, **_options: Any) -> None:
        wrong = 0
        for finding in verify_ledger():
            mark = self.style.ERROR("✗") if finding.count else self.style.SUCCESS("✓")
            self.stdout.write(f"{mark} {finding.check}")
            for sentence in finding.sentences:
                self.stdout.write(f"    {sentence}")
            if finding.count > len(finding.sentences):
                self.stdout.write(f"    … {finding.count} in all")
            wrong += finding.count
        if wrong:
            self.stderr.write(self.style.ERROR(f"The books are off: {wrong} findings."))
            sys.exit(1)
        self.stdout.write("The books are in order.")
