"""manage.py send_event: report one event for a brand, from the operator's shell."""

import secrets
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from brands.http import body
from brands.http.problems import Problem
from brands.models import Brand, Trust
from brands.queries import BrandFacts, brand_facts
from events import forms, services
from events.forms import Reported
from events.services import ConfigurationChanged, EventRefused, Outcome, Submission
from wallets.services import public_wallet_id

ATTEMPTS = 4


class Command(BaseCommand):
    help = (
        "Report one event for a brand, as its backend would with a secret key, and say what became "
        "of it. Exits 1 where it was refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brand", required=True, metavar="SLUG")
        parser.add_argument("--event", required=True, metavar="KEY", help="such as place_order")
        parser.add_argument("--email", required=True, help="whom it is about")
        parser.add_argument("--metadata", default="{}", metavar="JSON", help="a JSON object")
        parser.add_argument("--idempotency-key", metavar="KEY", help="the same key pays once")
        parser.add_argument("--test", action="store_true", help="in the test world")
        parser.add_argument("--dry-run", action="store_true", help="decide, and record nothing")

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        try:
            reported = forms.read(document(options), now=now, keys={})
        except Problem as problem:
            raise CommandError(refusal(problem)) from problem
        brand = Brand.objects.filter(slug=options["brand"]).first()
        if brand is None:
            raise CommandError(f"There is no brand “{options['brand']}”.")
        try:
            outcome = receive(brand, reported, now)
        except EventRefused as refused:
            raise CommandError(f"Not recorded: {refused}") from refused
        self.tell(outcome, brand, dry_run=reported.dry_run)

    def tell(self, outcome: Outcome, brand: Brand, *, dry_run: bool) -> None:
        lines = {
            "status": f"{outcome.status}{f' ({outcome.reason})' if outcome.reason else ''}",
            "credited": f"{rsnc(outcome.amount)} RSNC",
            "event": outcome.event_id or "none: a dry run records nothing",
        }
        if outcome.wallet is not None:
            wallet = public_wallet_id(brand_id=brand.pk, wallet=outcome.wallet)
            new = ", new" if outcome.wallet_created else ""
            lines["wallet"] = f"{wallet}, balance {rsnc(outcome.balance or 0)} RSNC{new}"
        if outcome.next_eligible_at:
            lines["again at"] = outcome.next_eligible_at.isoformat(timespec="seconds")
        if outcome.replayed:
            lines["replayed"] = "yes: this is the first answer to this idempotency key"
        if outcome.test or dry_run:
            lines["world"] = "test" if outcome.test else "live, nothing recorded"
        for name, line in lines.items():
            self.stdout.write(f"{name:<9} {line}")


def document(options: dict[str, Any]) -> dict[str, Any]:
    """What a backend would have sent. Raises invalid_json, invalid_event."""
    found = {
        "event": options["event"],
        "email": options["email"],
        "metadata": body.parse(options["metadata"].encode("utf-8", "surrogatepass")),
        "test": options["test"],
        "dry_run": options["dry_run"],
    }
    if options["idempotency_key"] is not None:
        found["idempotency_key"] = options["idempotency_key"]
    if errors := list(body.Inspection().of(found, "", 0)):
        raise body.invalid(errors)
    return found


def receive(brand: Brand, reported: Reported, now: datetime) -> Outcome:
    """Raises EventRefused, CommandError."""
    for _ in range(ATTEMPTS):
        facts = brand_facts(brand_id=brand.pk)
        if facts is None or not facts.active:
            raise CommandError(f"The brand “{brand.slug}” is not active.")
        try:
            return services.receive(
                brand=facts, submission=submission(facts, reported, now), dry_run=reported.dry_run
            )
        except ConfigurationChanged:
            continue
    raise CommandError("The brand's configuration changes all the time. Send it again.")


def submission(brand: BrandFacts, reported: Reported, now: datetime) -> Submission:
    return Submission(
        name=reported.event,
        address=reported.address,
        metadata=reported.metadata,
        trust=Trust.KEY,
        source="operator",
        request_id=f"req_{secrets.token_hex(12)}",
        received_at=now,
        request={"method": "COMMAND", "path": "manage.py send_event"},
        client=f"operator/{brand.id}",
        idempotency_key=reported.idempotency_key,
        test=reported.test,
    )


def refusal(problem: Problem) -> str:
    lines = [f"{each.param}: {each.message}" for each in problem.errors]
    return "\n".join(lines) if lines else f"metadata: {problem.detail}"


def rsnc(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02}"
