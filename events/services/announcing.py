"""From the feed of events to outgoing webhooks: the events table is their outbox.

Recording an event knows nothing of this and pays nothing for it. Each brand has a place in the feed;
whoever holds its row reads on from there, writes what is to be told, and moves the place, all in one
transaction. So nothing is missed and nothing told twice, however many do it and whenever they die.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import BigIntegerField, Exists, Func, Min, OuterRef, Q

from brands.models import WebhookKind
from brands.services.webhooks import News, queue
from brands.webhook_queries import Listener, listeners, listening
from events.models import Announced, Event, Status
from events.queries.event import EventTold
from events.queries.feed import BEGINNING, Place, feed_page
from events.services.submission import public_event_id
from wallets.services import public_wallet_id

PAGE = 500
CURRENCY = "RSNC"
LAST = UUID(int=2**128 - 1)
BEGAN = datetime(1970, 1, 1, tzinfo=UTC)


def brands_with_news() -> list[int]:
    """Brands with an endpoint that is on and something in the feed that was not looked at. One query."""
    later = Q(position__gt=OuterRef("position")) | Q(id__gt=OuterRef("event"))
    fresh = Event.objects.filter(
        later,
        brand_id=OuterRef("brand_id"),
        position__gte=OuterRef("position"),
        position__lt=Func(function="events_horizon", output_field=BigIntegerField()),
    )
    at_its_place = Announced.objects.filter(
        ~Exists(fresh), brand_id=OuterRef("brand_id"), looked_at__gte=OuterRef("listening_since")
    )
    waiting = listening().filter(~Exists(at_its_place))
    return list(waiting.order_by("brand_id").values_list("brand_id", flat=True).distinct())


@transaction.atomic
def announce(*, brand_id: int, now: datetime, limit: int = PAGE) -> int:
    """Tell the brand's endpoints of the next events in its feed. Returns how many were read.

    0 also where another is at it at this moment. A full page means that there may be more.
    """
    Announced.objects.bulk_create(
        [Announced(brand_id=brand_id, position=0, event=BEGINNING.event, looked_at=BEGAN)],
        ignore_conflicts=True,
    )
    mine = Announced.objects.select_for_update(no_key=True, skip_locked=True)
    place = mine.filter(brand_id=brand_id).first()
    if place is None:
        return 0
    told_to = listeners(brand_id=brand_id)
    if not told_to:
        return 0
    start = starting_place(place, told_to)
    page = feed_page(brand_id=brand_id, after=start, limit=limit)
    tell(brand_id, page.events, told_to, now)
    place.position, place.event = page.next.position, page.next.event
    place.looked_at = max(place.looked_at, *(each.since for each in told_to))
    place.save()
    return len(page.events)


def starting_place(place: Announced, told_to: Sequence[Listener]) -> Place:
    """Where to read on. What was recorded before anybody listened is passed over, not read."""
    start = Place(place.position, place.event)
    since = min(each.since for each in told_to)
    if place.looked_at >= since:
        return start
    # The horizon first: what appears only afterwards stands above it.
    below = horizon()
    for test in (False, True):
        recorded = Event.objects.filter(brand_id=place.brand_id, test=test, received_at__gte=since)
        first = recorded.aggregate(first=Min("position"))["first"]
        below = below if first is None else min(below, first)
    return max(start, Place(max(0, below - 1), LAST), key=order)


def order(place: Place) -> tuple[int, UUID]:
    return place.position, place.event


def horizon() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT events_horizon()")
        return int(cursor.fetchone()[0])


def tell(
    brand_id: int, events: Sequence[EventTold], told_to: Sequence[Listener], now: datetime
) -> None:
    wanted = [(event, wanting(event, told_to)) for event in events]
    wanted = [(event, endpoints) for event, endpoints in wanted if endpoints]
    if not wanted:
        return
    numbers = sequences(brand_id, [event.wallet for event, _ in wanted if event.wallet])
    news = [
        News(
            kind=kind_of(event),
            subject=public_event_id(event.id),
            at=event.received_at,
            data=said(brand_id, event, next(numbers[event.wallet]) if event.wallet else None),
            endpoints=endpoints,
        )
        for event, endpoints in wanted
    ]
    queue(brand_id=brand_id, news=news, now=now)


def kind_of(event: EventTold) -> WebhookKind:
    rewarded = event.status == Status.REWARDED
    return WebhookKind.WALLET_CREDITED if rewarded else WebhookKind.EVENT_REFUSED


def wanting(event: EventTold, told_to: Sequence[Listener]) -> list[int]:
    kind = kind_of(event)
    return [each.id for each in told_to if each.wants(kind, test=event.test, at=event.received_at)]


def sequences(brand_id: int, wallets: Sequence[int]) -> dict[int, Iterator[int]]:
    """For each wallet the next numbers, one for each time it is named. Rows are locked in wallet order."""
    named = Counter(wallets)
    if not named:
        return {}
    rows = sorted(named.items())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_walletsequence AS s (brand_id, wallet_id, last) "
            "SELECT %s, w, n FROM unnest(%s::bigint[], %s::bigint[]) AS named (w, n) ORDER BY w "
            "ON CONFLICT (brand_id, wallet_id) DO UPDATE SET last = s.last + excluded.last "
            "RETURNING wallet_id, last",
            [brand_id, [wallet for wallet, _ in rows], [times for _, times in rows]],
        )
        last = dict(cursor.fetchall())
    return {
        wallet: iter(range(last[wallet] - times + 1, last[wallet] + 1)) for wallet, times in rows
    }


def said(brand_id: int, event: EventTold, sequence: int | None) -> dict[str, Any]:
    """What a receiver is told: of this event and of no other brand's."""
    wallet = event.wallet and public_wallet_id(brand_id=brand_id, wallet=event.wallet)
    return {
        "event_id": public_event_id(event.id),
        "event": event.name,
        "status": event.status,
        "reason": event.reason,
        "amount": f"{event.amount // 100}.{event.amount % 100:02}",
        "currency": CURRENCY,
        "wallet": {"id": wallet} if wallet else None,
        "email": event.address,
        "sequence": sequence,
        "test": event.test,
        "occurred_at": moment(event.occurred_at),
        "next_eligible_at": moment(event.next_eligible_at),
        "request_id": event.request_id,
    }


def moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
