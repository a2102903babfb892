"""A brand's events in the order in which they became certain: nothing is missed, nothing comes twice."""

import binascii
import struct
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import BigIntegerField, F, Func
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from events.models import Event
from events.queries.event import EventTold, told

# Position, id, and a checksum of both: no secret, since a cursor leads nowhere but to the brand's own events,
# and has to hold for years, whatever happens to the server's keys.
CURSOR = struct.Struct(">Q16sI")
CURSOR_LENGTH = 38
MOST_POSITION = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader is: everything up to this event has been read."""

    position: int
    event: UUID

    def __str__(self) -> str:
        check = checksum(self.position, self.event)
        packed = CURSOR.pack(self.position, self.event.bytes, check)
        return urlsafe_b64encode(packed).decode().rstrip("=")


BEGINNING = Place(0, UUID(int=0))


@dataclass(frozen=True, slots=True)
class FeedPage:
    events: Sequence[EventTold]
    next: Place


class InvalidCursor(ValueError):
    """Not a cursor that a page has given."""


def parse_cursor(text: str) -> Place:
    """Raises InvalidCursor."""
    if len(text) != CURSOR_LENGTH or not text.isascii():
        raise InvalidCursor
    try:
        packed = urlsafe_b64decode(f"{text}==")
    except binascii.Error:
        raise InvalidCursor from None
    if len(packed) != CURSOR.size:
        raise InvalidCursor
    position, event, check = CURSOR.unpack(packed)
    place = Place(position, UUID(bytes=event))
    # Its text compared as well: what is decoded leaves some bits of the last letter out.
    if check != checksum(place.position, place.event) or str(place) != text:
        raise InvalidCursor
    if position > MOST_POSITION:
        raise InvalidCursor
    return place


def checksum(position: int, event: UUID) -> int:
    return zlib.crc32(struct.pack(">Q16s", position, event.bytes))


def feed_page(*, brand_id: int, after: Place, limit: int) -> FeedPage:
    """The next events below the horizon, in one query: what stands above it may still be joined by others."""
    later = TupleGreaterThan(Tuple(F("position"), F("id")), (after.position, after.event))
    horizon = Func(function="events_horizon", output_field=BigIntegerField())
    rows = list(
        Event.objects.filter(later, brand_id=brand_id, position__lt=horizon)
        .select_related("detail")
        .order_by("position", "id")[:limit]
    )
    end = Place(rows[-1].position, rows[-1].id) if rows else after
    return FeedPage([EventTold(**told(row)) for row in rows], end)
