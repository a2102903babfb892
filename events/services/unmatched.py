"""Keep events whose name no event type has, within bounds, so that they can be made good."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import simplejson
from django.db import connection, transaction
from django.db.models import JSONField, Value
from django.db.models.functions import Cast

from brands import services as brands
from brands.models import Brand, User
from brands.queries import BrandFacts
from events.models import UnmatchedEvent, UnmatchedName
from events.services.submission import Submission

MOST_NAMES = 100
MOST_EVENTS = 10_000
KEPT_FOR = timedelta(days=30)
COUNT = """
    INSERT INTO events_unmatchedname (brand_id, name, count, first_at, last_at)
    SELECT %s, * FROM unnest(%s::text[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
    ON CONFLICT (brand_id, name) DO UPDATE
    SET count = events_unmatchedname.count + excluded.count,
        last_at = greatest(events_unmatchedname.last_at, excluded.last_at)
    RETURNING name, id
"""


def keep(*, brand: BrandFacts, submissions: Sequence[Submission]) -> None:
    """Store these whole, in five queries. Beyond 100 names or 10,000 events a brand only what is known is
    counted on."""
    if not submissions:
        return
    with transaction.atomic():
        # One call at a time a brand, so that the bounds are exact: nobody is paid here, nobody waits.
        lock(brand.id)
        kept = UnmatchedEvent.objects.filter(name__brand_id=brand.id).count()
        names = count_names(brand.id, submissions)
        known = [each for each in submissions if each.name in names]
        UnmatchedEvent.objects.bulk_create(
            unmatched_event(names[each.name], each) for each in known[: max(MOST_EVENTS - kept, 0)]
        )


def lock(brand_id: int) -> None:
    """For the length of the transaction nothing unmatched of this brand comes or goes by another one."""
    Brand.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=brand_id)


def count_names(brand_id: int, submissions: Sequence[Submission]) -> dict[str, int]:
    """The rows that count these names, without those for which there is no room any more."""
    times = Counter(each.name for each in submissions)
    first = {each.name: each.received_at for each in reversed(submissions)}
    last = {each.name: each.received_at for each in submissions}
    known = set(UnmatchedName.objects.filter(brand_id=brand_id).values_list("name", flat=True))
    # In the order in which they came, as if each had come alone.
    new = [name for name in times if name not in known][: max(MOST_NAMES - len(known), 0)]
    names = [*(name for name in times if name in known), *new]
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT,
            [
                brand_id,
                names,
                [times[name] for name in names],
                [first[name] for name in names],
                [last[name] for name in names],
            ],
        )
        return dict(cursor.fetchall())


def unmatched_event(name: int, submission: Submission) -> UnmatchedEvent:
    return UnmatchedEvent(
        name_id=name,
        test=submission.test,
        trust=submission.trust.value,
        address=submission.address,
        metadata=exact(submission.metadata),
        idempotency_key=submission.idempotency_key or "",
        occurred_at=submission.occurred_at,
        judge_at_occurred=submission.judge_at_occurred,
        received_at=submission.received_at,
        request_id=submission.request_id,
        request=submission.request,
        client=submission.client,
    )


def exact(metadata: dict[str, Any]) -> Cast:
    """JSON with the decimals as they were sent, which the field by itself cannot write."""
    return Cast(Value(simplejson.dumps(metadata, use_decimal=True)), JSONField())


@transaction.atomic
def dismiss_unmatched(*, name: UnmatchedName, by: User | None, now: datetime) -> int:
    """Forget a name and what was kept of it. Returns how many events went.

    Sent again, the name is listed again.
    """
    lock(name.brand_id)
    gone, _ = UnmatchedEvent.objects.filter(name=name).delete()
    UnmatchedName.objects.filter(pk=name.pk).delete()
    brands.note(
        brand=name.brand,
        by=by,
        action="unmatched.dismissed",
        subject=name.name,
        before={"times": name.count, "kept": gone},
        now=now,
    )
    return gone


def forget(*, now: datetime) -> int:
    """Delete what is older than 30 days. Returns how many events went."""
    gone, _ = UnmatchedEvent.objects.filter(received_at__lt=now - KEPT_FOR).delete()
    UnmatchedName.objects.filter(last_at__lt=now - KEPT_FOR, events__isnull=True).delete()
    return gone
