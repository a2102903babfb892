"""What was reported and what it cost, by event type and over time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from analytics.queries import EventsReport, Total
from analytics.queries.figures import Series
from portal.views.reports.chart import (
    Cell,
    Chart,
    Kind,
    Stat,
    Unit,
    amount,
    count,
    share,
    together,
    word,
)
from portal.views.reports.comparing import change, compared, days_said, shares_compared
from portal.views.reports.figures import (
    MOST,
    OTHERS,
    label_of,
    parts_by_name,
    report_of,
    sum_of,
    time_head,
    type_cells,
    when,
)
from portal.views.reports.frame import Asked, Page
from portal.wording import rsnc

NOTE = f"The {MOST} event types that cost most; the others are one colour, and each is in the table of costs."


def events(asked: Asked) -> Page:
    report = report_of(asked)
    return Page(
        stats=stats(report, asked),
        charts=[
            over_time(
                asked,
                report,
                Column("credited", "Credited by event type", Unit.RSNC, lambda each: each.credited),
                empty="What each event type credits, day by day, is here as soon as something is rewarded.",
            ),
            costs(asked, report),
            over_time(
                asked,
                report,
                Column("events", "Events by event type", Unit.EVENTS, lambda each: each.events),
                empty="Events are counted here day by day, rewarded or not, as they are reported.",
            ),
        ],
    )


def stats(report: EventsReport, asked: Asked) -> list[Stat]:
    now, before, period = report.total, report.before, asked.period
    per_reward = "\N{EN DASH}" if now.per_reward is None else amount(now.per_reward).text
    return [
        Stat("Events", f"{now.events:,}", by=compared(now.events, before.events, period)),
        Stat("Rewarded", share(now.rate).text, by=shares_compared(now.rate, before.rate, period)),
        Stat(
            "Credited",
            amount(now.credited).text,
            "RSNC",
            compared(now.credited, before.credited, period, rsnc),
        ),
        Stat(
            "Cost per reward",
            per_reward,
            "RSNC",
            compared(now.per_reward, before.per_reward, period, rsnc),
        ),
    ]


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of a total: what it is called, and how it is read."""

    name: str
    title: str
    unit: Unit
    of: Callable[[Total], int]

    def cell(self, total: Total) -> Cell:
        return (amount if self.unit is Unit.RSNC else count)(self.of(total))


def over_time(asked: Asked, report: EventsReport, column: Column, *, empty: str) -> Chart:
    """Bars by event type, those that cost most apart and the others as one."""
    drawn = parts_by_name(asked, report)
    unit = ", RSNC" if column.unit is Unit.RSNC else ""

    def rows() -> Iterator[Sequence[Cell]]:
        for place, (label, total) in enumerate(zip(report.labels, report.parts, strict=True)):
            parts = (column.cell(parts[place]) for _, parts in drawn)
            yield [when(label, asked), column.cell(total), *parts]

    return Chart(
        name=column.name,
        title=column.title,
        kind=Kind.STACK,
        unit=column.unit,
        labels=[label_of(label, asked) for label in report.labels],
        dates=True,
        series=[(name, [column.of(part) for part in parts]) for name, parts in drawn],
        head=[
            time_head(asked),
            f"All{unit}",
            *(f"{name}{unit}" for name, _ in drawn),
        ],
        rows=rows,
        foot=[
            together(),
            column.cell(report.total),
            *(column.cell(sum_of(parts)) for _, parts in drawn),
        ],
        note=NOTE if drawn and drawn[-1][0] is OTHERS else "",
        empty=empty,
    )


def costs(asked: Asked, report: EventsReport) -> Chart:
    """What did last week cost, per order?"""
    return Chart(
        name="costs",
        title="Cost per event type",
        kind=Kind.NONE,
        unit=Unit.RSNC,
        words=2,
        head=[
            "Event type",
            "Key",
            "Events",
            "Rewarded",
            "Credited, RSNC",
            "Per reward, RSNC",
            "Per event, RSNC",
            "Credited before, RSNC",
            "Change, %",
        ],
        rows=lambda: (cost(asked, each) for each in report.event_types),
        foot=[together(), word(""), *figures(report.total, report.before)],
        note=f"Per reward: what was credited, by rewarded event. Per event: by every event, the refused ones too. Before: {days_said(asked.period)}.",
        empty="Each event type that something was reported of is here, with what one of them costs.",
    )


def cost(asked: Asked, each: Series) -> list[Cell]:
    return [*type_cells(asked, each), *figures(each.total, each.before)]


def figures(total: Total, before: Total) -> list[Cell]:
    return [
        count(total.events),
        count(total.rewarded),
        amount(total.credited),
        amount(total.per_reward),
        amount(total.per_event),
        amount(before.credited),
        change(total.credited, before.credited),
    ]
