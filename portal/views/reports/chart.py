"""What a report shows: charts, each with the table behind it, and figures above them. Asks nothing, knows no HTTP."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from portal import wording

Number = int | float
HUNDRED = 100
# Letters of a figure that a narrow card has room for: 1,234,567.89.
LONG = 12


class Kind(StrEnum):
    """How it is drawn. `value` is what portal/assets/reports/charts.js knows it by."""

    STACK = "stack"  # bars over time, a colour a series
    BARS = "bars"  # one bar a label
    LINES = "lines"
    HEAT = "heat"  # a row a series, a column a label
    FLOW = "flow"  # what went from where to where
    NONE = ""  # a table alone


class Unit(StrEnum):
    """What its values are."""

    EVENTS = "events"
    RSNC = "rsnc"  # in hundredths
    PERCENT = "percent"  # of a hundred: 12.5
    PEOPLE = "people"
    MS = "ms"


DRAWN = {
    Kind.STACK: "Bars over time",
    Kind.BARS: "Bars",
    Kind.LINES: "Lines over time",
    Kind.HEAT: "A table in shades",
    Kind.FLOW: "Streams from left to right, as broad as what they carry",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table. `value` is what the file holds, `text` what the page says."""

    value: str | int | Decimal | None
    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Stat:
    """A figure above the charts, and beside it how it was before."""

    label: str
    text: str
    unit: str = ""
    by: str = ""

    @property
    def is_long(self) -> bool:
        """Whether it is written smaller, so that no figure is broken in two."""
        return len(self.text) > LONG


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart, and the table behind it: for the page, for who cannot see the chart, and as a file.

    `name` is a slug, the element's id and the file's name. `labels` are words, or days and hours in ISO 8601 (`dates`).
    A series is a name and a value a label; None is a gap. Names may be a partner's: nobody takes them for markup.
    In place of series a flow has `flows`: how much goes from one label to another, by their places in `labels`, so that
    two of one name stay two; labels of one number in `hues` are of one colour (None: the drawing's choice).
    `rows` is called once it is wanted; of its columns the first `words` hold words and the others figures.
    `unfinished` are cells of a heat map, by series and label, whose time is not over: they are marked.
    `foot` sums the rows up on the page, and is left out of the file. `empty` says what would be here.
    """

    name: str
    title: str
    kind: Kind
    unit: Unit = Unit.EVENTS
    labels: Sequence[str] = ()
    series: Sequence[tuple[str, Sequence[Number | None]]] = ()
    flows: Sequence[tuple[int, int, int]] = ()
    hues: Sequence[int | None] = ()
    head: Sequence[str]
    rows: Callable[[], Iterable[Sequence[Cell]]]
    unfinished: Sequence[tuple[int, int]] = ()
    dates: bool = False
    words: int = 1
    foot: Sequence[Cell] = ()
    note: str = ""
    empty: str = "Nothing to show yet."

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be seen. A table alone is empty without rows."""
        if self.kind is Kind.NONE:
            return not any(True for _ in self.rows())
        if self.kind is Kind.FLOW:
            return not any(value for _, _, value in self.flows)
        values = [value for _, values in self.series for value in values]
        if self.kind is Kind.LINES:
            # Nought is a place for a line to be.
            return all(value is None for value in values)
        return not any(values)

    @property
    def data(self) -> Mapping[str, Any]:
        """What charts.js draws."""
        return {
            "kind": self.kind.value,
            "unit": self.unit.value,
            "dates": self.dates,
            "unfinished": [*self.unfinished],
            "labels": [wording.plain(label) for label in self.labels]
            if self.kind is Kind.FLOW
            else [*self.labels],
            "flows": [*self.flows],
            "hues": [*self.hues],
            "series": [
                {"name": wording.plain(name), "values": [*values]} for name, values in self.series
            ],
        }

    @property
    def said(self) -> str:
        """What stands in for the drawing."""
        return f"{self.title}. {DRAWN.get(self.kind, '')}; the table below says the same."

    def lines(self) -> Iterable[Sequence[str | int | Decimal]]:
        """The table as it is written to a file."""
        yield self.head
        for row in self.rows():
            yield ["" if cell.value is None else cell.value for cell in row]


def together() -> Cell:
    """What begins the row that sums a table up."""
    return word("Together")


def word(text: str, *, link: str = "") -> Cell:
    """Words, a partner's too."""
    return Cell(text, wording.plain(text), link)


def count(number: int | None) -> Cell:
    return nothing() if number is None else Cell(number, f"{number:,}")


def amount(hundredths: int | None) -> Cell:
    """RSNC. In a file 1234.50, so that it can be summed."""
    if hundredths is None:
        return nothing()
    return Cell(Decimal(hundredths).scaleb(-2), wording.rsnc(hundredths))


def share(part: Fraction | None) -> Cell:
    """Of one, in percent with one decimal."""
    if part is None:
        return nothing()
    return Cell(Decimal(f"{percent(part):.1f}"), f"{percent(part):.1f}%")


def nothing() -> Cell:
    return Cell(None, "\N{EN DASH}")


def day(day: date) -> Cell:
    """Mon 23 Nov 2026; in a file 2026-11-23."""
    return Cell(day.isoformat(), f"{day:%a} {day.day} {day:%b %Y}")


def hour(moment: datetime) -> Cell:
    """A moment where the brand is; in a file with its offset."""
    return Cell(moment.isoformat(), hour_said(moment))


def hour_said(moment: datetime) -> str:
    """Mon 23 Nov, 14:00. Of an hour that the clock shows twice, the second one says its offset."""
    again = f" ({moment:%z})" if moment.fold else ""
    return f"{moment:%a} {moment.day} {moment:%b, %H:%M}{again}"


def percent(part: Fraction) -> float:
    return float(part * HUNDRED)


def linked(address: str, **query: str) -> str:
    """An address with what narrows it; what is empty is left out."""
    chosen = urlencode({name: value for name, value in query.items() if value})
    return f"{address}?{chosen}" if chosen else address
