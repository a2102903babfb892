"""What do we owe: what people hold now of what a brand has issued, and where the rest went."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import accumulate

from analytics import queries
from analytics.queries import Bar, Month
from portal import wording
from portal.views.reports.chart import Cell, Chart, Kind, Stat, Unit, amount, share, together
from portal.views.reports.figures import MOST, OTHERS
from portal.views.reports.flow import flow
from portal.views.reports.frame import Asked, Page
from portal.views.reports.holders import by_balance, top

# How credits leave people. What is not here is called by its own name.
GONE = {
    "redeemed": "Spent here",
    "obligation": "Spent at other brands",
    "expire": "Expired",
    "reverse": "Taken back",
    "adjust": "Taken back by hand",
}


def owed(asked: Asked) -> Page:
    months = queries.outstanding(
        brand_id=asked.brand.pk, zone=asked.brand.zone, now=asked.now, test=asked.scope.test
    )
    bars = queries.balances(brand_id=asked.brand.pk, test=asked.scope.test)
    earners = queries.top_earners(brand_id=asked.brand.pk, test=asked.scope.test)
    return Page(
        stats=stats(months, bars),
        charts=[
            flow(sources(asked, months), targets(months)),
            by_issue(months),
            issued_and_left(months),
            over_time(months),
            by_balance(bars),
            top(asked, earners),
        ],
    )


def stats(months: Sequence[Month], bars: Sequence[Bar]) -> list[Stat]:
    issued = sum(each.issued for each in months)
    outstanding = sum(each.outstanding for each in months)
    holders = sum(bar.people for bar in bars if bar.least)
    gone = [(kind_said(kind), sum_of(months, gone_by(kind))) for kind in kinds_of(months)]
    return [
        Stat("Outstanding now", wording.rsnc(outstanding), "RSNC", held_said(holders)),
        Stat("Issued since the beginning", wording.rsnc(issued), "RSNC", issued_said(months)),
        Stat(
            "Of that, gone since",
            wording.rsnc(issued - outstanding),
            "RSNC",
            " · ".join(f"{name.lower()} {wording.rsnc(part)}" for name, part in gone)
            or "nothing is gone yet",
        ),
        Stat(
            "Still held",
            share(Fraction(outstanding, issued) if issued else None).text,
            by="of what was issued",
        ),
    ]


def held_said(people: int) -> str:
    return "nobody holds any" if not people else f"held by {people_said(people)}"


def people_said(people: int) -> str:
    return f"{people:,} {'person' if people == 1 else 'people'}"


def issued_said(months: Sequence[Month]) -> str:
    earned, added = (sum_of(months, of) for of in (earned_in, added_in))
    return f"{wording.rsnc(earned)} for events, {wording.rsnc(added)} by hand"


def sources(asked: Asked, months: Sequence[Month]) -> list[tuple[str, int]]:
    """The event types that cost most, the others as one, and what was added by hand."""
    earned = Counter[int]()
    for each in months:
        earned.update(each.earned_by)
    parts = sorted(earned.items(), key=lambda part: (-part[1], part[0]))
    most = len(parts) if len(parts) <= MOST + 1 else MOST
    return [
        *((asked.named(event_type).name, part) for event_type, part in parts[:most]),
        (OTHERS.capitalize(), sum(part for _, part in parts[most:])),
        ("Added by hand", sum_of(months, added_in)),
    ]


def targets(months: Sequence[Month]) -> list[tuple[str, int]]:
    """What people still hold, and what left them, by kind of transfer."""
    return [
        ("Still held by people", sum_of(months, outstanding_of)),
        *((kind_said(kind), sum_of(months, gone_by(kind))) for kind in kinds_of(months)),
    ]


def by_issue(months: Sequence[Month]) -> Chart:
    """Each month's issue: what is left of it, and how the rest went."""
    kinds = kinds_of(months)
    columns: list[tuple[str, Callable[[Month], int]]] = [
        ("Issued", issued_in),
        ("For events", earned_in),
        ("By hand", added_in),
        *((kind_said(kind), gone_by(kind)) for kind in kinds),
        ("Outstanding", outstanding_of),
    ]
    return by_month(
        months,
        "outstanding",
        "Outstanding by month of issue",
        Kind.STACK,
        series=[
            ("Outstanding", outstanding_of),
            *((kind_said(kind), gone_by(kind)) for kind in kinds),
        ],
        columns=columns,
        note="A bar is what was issued in the month, by what has become of it up to now. Whatever leaves "
        "somebody's balance takes the oldest of it.",
    )


def issued_and_left(months: Sequence[Month]) -> Chart:
    """What was issued in a month, and what left in the same month, whenever it was issued."""
    kinds = kinds_of(months)
    return by_month(
        months,
        "issued",
        "Issued and gone, by month",
        Kind.STACK,
        series=[
            ("Issued", issued_in),
            *((kind_said(kind), minus(left_by(kind))) for kind in kinds),
        ],
        columns=[("Issued", issued_in), *((kind_said(kind), left_by(kind)) for kind in kinds)],
        note="Up: what was issued in the month. Down: what went from people's balances in the same month, "
        "whenever it was issued."
        if kinds
        else "Nothing is gone from people's balances yet: all that was issued is outstanding.",
    )


def over_time(months: Sequence[Month]) -> Chart:
    """What people held when each month ended."""
    ends = dict(
        zip(
            (each.month for each in months),
            accumulate(each.issued - sum(each.left.values()) for each in months),
            strict=True,
        )
    )
    return by_month(
        months,
        "owed",
        "What people held at the end of each month",
        Kind.LINES,
        series=[("Held", lambda each: ends[each.month])],
        columns=[("Held at the end", lambda each: ends[each.month])],
        note="The last month is as of now. What was spent at other brands is held by nobody, and owed to them: "
        "Spending has it.",
        summed=False,
    )


def by_month(
    months: Sequence[Month],
    name: str,
    title: str,
    kind: Kind,
    *,
    series: Sequence[tuple[str, Callable[[Month], int]]],
    columns: Sequence[tuple[str, Callable[[Month], int]]],
    note: str,
    summed: bool = True,
) -> Chart:
    def rows() -> Iterator[Sequence[Cell]]:
        for each in months:
            yield [
                Cell(f"{each.month:%Y-%m}", month_said(each)),
                *(amount(of(each)) for _, of in columns),
            ]

    foot = [together(), *(amount(sum_of(months, of)) for _, of in columns)]
    return Chart(
        name=name,
        title=title,
        kind=kind,
        unit=Unit.RSNC,
        labels=[month_said(each) for each in months],
        series=[(label, [of(each) for each in months]) for label, of in series],
        head=["Month", *(f"{label}, RSNC" for label, _ in columns)],
        rows=rows,
        foot=foot if summed else (),
        note=note,
        empty="As soon as something is issued, it is here by month.",
    )


def kinds_of(months: Sequence[Month]) -> list[str]:
    """How credits have left, in the order of `GONE`, those that it does not know last."""
    found = {kind for each in months for kind in [*each.gone, *each.left]}
    order = [*GONE]
    return sorted(found, key=lambda kind: (order.index(kind) if kind in GONE else len(order), kind))


def kind_said(kind: str) -> str:
    return GONE.get(kind) or kind.replace("_", " ").capitalize()


def issued_in(month: Month) -> int:
    return month.issued


def earned_in(month: Month) -> int:
    return month.earned


def added_in(month: Month) -> int:
    return month.added


def outstanding_of(month: Month) -> int:
    return month.outstanding


def gone_by(kind: str) -> Callable[[Month], int]:
    return lambda month: month.gone.get(kind, 0)


def left_by(kind: str) -> Callable[[Month], int]:
    return lambda month: month.left.get(kind, 0)


def minus(of: Callable[[Month], int]) -> Callable[[Month], int]:
    return lambda month: -of(month)


def sum_of(months: Sequence[Month], of: Callable[[Month], int]) -> int:
    return sum(of(each) for each in months)


def month_said(month: Month) -> str:
    return f"{month.month:%b %Y}"
