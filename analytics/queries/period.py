"""What a report is about: a brand's days, in one world."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from brands.calendar import DAY, day_starts


@dataclass(frozen=True, slots=True)
class Period:
    """Days of a zone, the first and the last one included."""

    first: date
    last: date
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("A period ends on its first day or later.")

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def days(self) -> list[date]:
        return [self.first + DAY * n for n in range(self.length)]

    @property
    def starts(self) -> Sequence[datetime]:
        """The first instant of each day, and of the one after."""
        return day_starts(self.first, self.last, self.zone)

    @property
    def since(self) -> datetime:
        return self.starts[0]

    @property
    def until(self) -> datetime:
        """Not in it any more."""
        return self.starts[-1]

    def before(self) -> "Period":
        """As many days, up to this one."""
        return Period(self.first - DAY * self.length, self.first - DAY, self.zone)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose events, of which world, and of which event type (of all of them: None)."""

    brand_id: int
    period: Period
    test: bool = False
    event_type: int | None = None
