"""Who gets refused, and why."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from analytics.queries import EventsReport, Total
from analytics.queries.figures import Refusal, Series
from portal import wording
from portal.views.reports.chart import (
    Cell,
    Chart,
    Kind,
    Stat,
    Unit,
    count,
    percent,
    share,
    together,
    word,
)
from portal.views.reports.comparing import change, compared, days_said, shares_compared
from portal.views.reports.figures import (
    MOST,
    OTHERS,
    in_log,
    label_of,
    report_of,
    sum_of,
    time_head,
    type_cells,
    when,
)
from portal.views.reports.frame import Asked, Page


def refusals(asked: Asked) -> Page:
    report = report_of(asked)
    return Page(
        stats=stats(report, asked),
        charts=[reasons(asked, report), by_event_type(asked, report), rate(asked, report)],
    )


def stats(report: EventsReport, asked: Asked) -> list[Stat]:
    now, before, period = report.total, report.before, asked.period
    return [
        Stat("Refused", f"{now.refused:,}", by=compared(now.refused, before.refused, period)),
        Stat(
            "Refused, of all events",
            share(refused_share(now)).text,
            by=shares_compared(refused_share(now), refused_share(before), period),
        ),
        usual_reason(report),
    ]


def usual_reason(report: EventsReport) -> Stat:
    """What is behind most of them."""
    label = "Most often because of"
    if not report.total.refused:
        return Stat(label, "\N{EN DASH}", by="nothing was refused")
    first = report.refusals[0]
    part = share(Fraction(first.events, report.total.refused)).text
    return Stat(label, answer_said(first).capitalize(), by=f"{part} of all refusals")


def refused_share(total: Total) -> Fraction | None:
    return None if total.rate is None else 1 - total.rate


def answer_said(each: Refusal) -> str:
    """The reason, where there is one; the decision alone where it says enough."""
    status = wording.STATUSES.get(each.status, each.status)
    reason = wording.REASONS.get(each.reason, each.reason)
    return reason or status


def reasons(asked: Asked, report: EventsReport) -> Chart:
    """By decision and reason, the most frequent first."""
    total = report.total.refused
    before = sum(each.before for each in report.refusals)

    def rows() -> Iterator[Sequence[Cell]]:
        for each in report.refusals:
            status = wording.STATUSES.get(each.status, each.status)
            reason = wording.REASONS.get(each.reason, each.reason)
            yield [
                Cell(each.status, status.capitalize(), in_log(asked, status=each.status)),
                Cell(each.reason, reason.capitalize()),
                count(each.events),
                share(Fraction(each.events, total) if total else None),
                count(each.before),
                change(each.events, each.before),
            ]

    return Chart(
        name="reasons",
        title="Why events were refused",
        kind=Kind.BARS,
        labels=[answer_said(each).capitalize() for each in report.refusals],
        series=[
            ("in these days", [each.events for each in report.refusals]),
            (days_said(asked.period), [each.before for each in report.refusals]),
        ],
        words=2,
        head=["Decision", "Reason", "Refused", "Of all refusals, %", "Before", "Change, %"],
        rows=rows,
        foot=[
            together(),
            word(""),
            count(total),
            share(Fraction(1) if total else None),
            count(before),
            change(total, before),
        ],
        note="In the table a decision leads to its events in the log, of all its reasons, and to who sent them.",
        empty="Nothing was refused. Where something is, its reason is here.",
    )


def by_event_type(asked: Asked, report: EventsReport) -> Chart:
    there = sorted(report.event_types, key=lambda each: -each.total.refused)
    refused = [each for each in there if each.total.refused or each.before.refused]
    most = len(refused) if len(refused) <= MOST + 1 else MOST
    rest = sum_of([each.total for each in refused[most:]])
    names = [asked.named(each.event_type).name for each in refused[:most]]
    counts = [each.total.refused for each in refused[:most]]
    return Chart(
        name="event-types",
        title="Refusals by event type",
        kind=Kind.BARS,
        labels=[*names, *([OTHERS] if refused[most:] else [])],
        series=[("refused", [*counts, *([rest.refused] if refused[most:] else [])])],
        words=2,
        head=[
            "Event type",
            "Key",
            "Events",
            "Refused",
            "Refused, %",
            "Refused before",
            "Change, %",
        ],
        rows=lambda: (of_type(asked, each) for each in there),
        foot=[together(), word(""), *figures(report.total, report.before)],
        empty="Nothing was refused. Where something is, its event type is here.",
    )


def of_type(asked: Asked, each: Series) -> list[Cell]:
    return [*type_cells(asked, each), *figures(each.total, each.before)]


def figures(total: Total, before: Total) -> list[Cell]:
    return [
        count(total.events),
        count(total.refused),
        share(refused_share(total)),
        count(before.refused),
        change(total.refused, before.refused),
    ]


def rate(asked: Asked, report: EventsReport) -> Chart:
    """Of the events of a day, how many were rewarded."""

    def rows() -> Iterator[Sequence[Cell]]:
        for label, total in zip(report.labels, report.parts, strict=True):
            counts = (count(total.events), count(total.rewarded), count(total.refused))
            yield [when(label, asked), *counts, share(total.rate)]

    return Chart(
        name="rate",
        title="Reward rate",
        kind=Kind.LINES,
        unit=Unit.PERCENT,
        labels=[label_of(label, asked) for label in report.labels],
        dates=True,
        series=[
            (
                "rewarded",
                [None if each.rate is None else percent(each.rate) for each in report.parts],
            )
        ],
        head=[time_head(asked), "Events", "Rewarded", "Refused", "Rewarded, %"],
        rows=rows,
        foot=[
            together(),
            count(report.total.events),
            count(report.total.rewarded),
            count(report.total.refused),
            share(report.total.rate),
        ],
        note="Of a hundred events, so many were rewarded. Where nothing was reported, the line has a gap.",
        empty="How many of the reported events were rewarded, day by day, is here once there are some.",
    )
