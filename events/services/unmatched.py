"""Keep events whose name no event type has, within bounds, so that they can be made good."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import simplejson
from django.db import transaction
from django.db.models import F, JSONField, Value
from django.db.models.functions import Cast

from brands.models import Brand
from brands.queries import BrandFacts
from events.models import UnmatchedEvent, UnmatchedName
from events.services.submission import Submission

MOST_NAMES = 100
MOST_EVENTS = 10_000
KEPT_FOR = timedelta(days=30)


def keep(*, brand: BrandFacts, submissions: Sequence[Submission]) -> None:
    """Store these whole. Beyond 100 names or 10,000 events a brand only what is known is counted on."""
    if not submissions:
        return
    with transaction.atomic():
        # One call at a time a brand, so that the bounds are exact: nobody is paid here, nobody waits.
        Brand.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=brand.id)
        room = MOST_EVENTS - UnmatchedEvent.objects.filter(name__brand_id=brand.id).count()
        for submission in submissions:
            name = open_name(brand, submission)
            if name is not None and room > 0:
                room -= 1
                keep_whole(name, submission)


def open_name(brand: BrandFacts, submission: Submission) -> UnmatchedName | None:
    """The row that counts this name, or None where there are too many names already."""
    seen = UnmatchedName.objects.filter(brand_id=brand.id, name=submission.name)
    if seen.update(count=F("count") + 1, last_at=submission.received_at):
        return seen.get()
    if UnmatchedName.objects.filter(brand_id=brand.id).count() >= MOST_NAMES:
        return None
    return UnmatchedName.objects.create(
        brand_id=brand.id,
        name=submission.name,
        count=1,
        first_at=submission.received_at,
        last_at=submission.received_at,
    )


def keep_whole(name: UnmatchedName, submission: Submission) -> None:
    UnmatchedEvent.objects.create(
        name=name,
        test=submission.test,
        trust=submission.trust.value,
        address=submission.address,
        metadata=exact(submission.metadata),
        idempotency_key=submission.idempotency_key or "",
        occurred_at=submission.occurred_at,
        received_at=submission.received_at,
        request_id=submission.request_id,
    )


def exact(metadata: dict[str, Any]) -> Cast:
    """JSON with the decimals as they were sent, which the field by itself cannot write."""
    return Cast(Value(simplejson.dumps(metadata, use_decimal=True)), JSONField())


def forget(*, now: datetime) -> int:
    """Delete what is older than 30 days. Returns how many events went."""
    gone, _ = UnmatchedEvent.objects.filter(received_at__lt=now - KEPT_FOR).delete()
    UnmatchedName.objects.filter(last_at__lt=now - KEPT_FOR, events__isnull=True).delete()
    return gone
