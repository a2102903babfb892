"""How long our servers took to answer the brand's calls."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from analytics import queries
from analytics.models import Call
from analytics.queries import CallTimes, ResponseTimes, Times
from portal.views.reports.chart import Cell, Chart, Kind, Stat, Unit, count, nothing, together, word
from portal.views.reports.comparing import change, compared
from portal.views.reports.figures import by_hours, label_of, when
from portal.views.reports.frame import Asked, Page

# A percentile is some percent off: more digits than these would say nothing.
DIGITS, DECIMALS = 3, 1
SLOWER = ("longer", "shorter")
PERCENTILES = ["p50, ms", "p95, ms", "p99, ms"]
CALLS = {
    Call.EVENT: ("Single events", "POST manual-event"),
    Call.BATCH: ("Batches", "POST events/batch, up to 500 events in each"),
    Call.READ: ("Reading back", "GET events, events/<id> and wallets/<email>"),
}
MEANT = (
    "From when a call reaches us until its answer leaves; the way through the network comes on top. "
    "p95: of a hundred calls, 95 were answered within it. "
    "At most 4.5% off, between half a millisecond and 27 seconds."
)
COUNTED = (
    "Test events are calls like others, and a refusal is an answer. Looks at the connection (GET debug) are left out, "
    "and so are calls whose sender was not recognised."
)
EMPTY = "Nothing was called in these days. Figures come within a minute of the first call."


def response_times(asked: Asked) -> Page:
    report = report_of(asked)
    used = {call for call, times in report.calls.items() if times.total.calls}
    there = used | {Call.EVENT}
    return Page(
        stats=stats(report.calls[Call.EVENT], asked),
        charts=[
            *(over_time(asked, report, call) for call in Call if call in there),
            by_call(report),
            calls_over_time(asked, report),
        ],
    )


def report_of(asked: Asked) -> ResponseTimes:
    """One query, compared with the period before. By hours while they are kept."""
    kept = asked.now - queries.QUARTERS_KEPT
    hourly = by_hours(asked) and asked.period.before().since >= kept
    ask = queries.response_times_by_hour if hourly else queries.response_times
    return ask(brand_id=asked.brand.pk, period=asked.period)


def stats(times: CallTimes, asked: Asked) -> list[Stat]:
    now, before = times.total, times.before
    shares = [
        ("Half of them within (p50)", now.p50, before.p50),
        ("95 of 100 within (p95)", now.p95, before.p95),
        ("99 of 100 within (p99)", now.p99, before.p99),
    ]
    return [
        Stat(
            "Single events answered",
            f"{now.calls:,}",
            by=compared(now.calls, before.calls, asked.period),
        ),
        *(
            Stat(
                label,
                milliseconds(value).text,
                "ms" if value is not None else "",
                compared(tenths(value), tenths(earlier), asked.period, said, SLOWER),
            )
            for label, value, earlier in shares
        ),
    ]


def over_time(asked: Asked, report: ResponseTimes, call: Call) -> Chart:
    times = report.calls[call]
    name, path = CALLS[call]
    return Chart(
        name=call.value,
        title=f"Response times: {name.lower()}",
        kind=Kind.LINES,
        unit=Unit.MS,
        labels=[label_of(label, asked) for label in report.labels],
        dates=True,
        series=[
            ("p50", [rounded(each.p50) for each in times.parts]),
            ("p95", [rounded(each.p95) for each in times.parts]),
            ("p99", [rounded(each.p99) for each in times.parts]),
        ],
        head=[time_head(report), "Calls", *PERCENTILES],
        rows=lambda: rows(asked, report.labels, times.parts),
        foot=[together(), *figures(times.total)],
        # Once is enough.
        note=f"{path}. {MEANT}" if call is Call.EVENT else f"{path}.",
        empty=EMPTY,
    )


def rows(
    asked: Asked, labels: Sequence[date] | Sequence[datetime], parts: Sequence[Times]
) -> Iterator[Sequence[Cell]]:
    for label, times in zip(labels, parts, strict=True):
        yield [when(label, asked), *figures(times)]


def by_call(report: ResponseTimes) -> Chart:
    return Chart(
        name="calls",
        title="By kind of call",
        kind=Kind.NONE,
        unit=Unit.MS,
        words=2,
        head=["Kind", "Call", "Calls", *PERCENTILES, "p95 before, ms", "Change, %"],
        rows=lambda: (
            [
                word(CALLS[call][0]),
                word(CALLS[call][1]),
                *figures(times.total),
                milliseconds(times.before.p95),
                change(tenths(times.total.p95), tenths(times.before.p95)),
            ]
            for call, times in report.calls.items()
            if times.total.calls or times.before.calls
        ),
        note=COUNTED,
        empty="Each kind of call is here with its own times.",
    )


def calls_over_time(asked: Asked, report: ResponseTimes) -> Chart:
    there = [(CALLS[call][0], times) for call, times in report.calls.items() if times.total.calls]

    def table() -> Iterator[Sequence[Cell]]:
        for place, label in enumerate(report.labels):
            parts = [times.parts[place].calls for _, times in there]
            yield [when(label, asked), count(sum(parts)), *map(count, parts)]

    totals = [times.total.calls for _, times in there]
    return Chart(
        name="calls-over-time",
        title="How many calls were answered",
        kind=Kind.STACK,
        labels=[label_of(label, asked) for label in report.labels],
        dates=True,
        series=[(name, [each.calls for each in times.parts]) for name, times in there],
        head=[time_head(report), "All", *(name for name, _ in there)],
        rows=table,
        foot=[together(), count(sum(totals)), *map(count, totals)],
        empty="Calls are counted here, day by day, as they are answered.",
    )


def time_head(report: ResponseTimes) -> str:
    return "Hour" if isinstance(report.labels[0], datetime) else "Day"


def figures(times: Times) -> list[Cell]:
    return [count(times.calls), *map(milliseconds, (times.p50, times.p95, times.p99))]


def milliseconds(value: float | None) -> Cell:
    shown = rounded(value)
    return nothing() if shown is None else Cell(Decimal(f"{shown:g}"), f"{shown:,g}")


def rounded(value: float | None) -> float | None:
    return None if value is None else round(float(f"{value:.{DIGITS}g}"), DECIMALS)


def tenths(value: float | None) -> int | None:
    """For what compares whole numbers."""
    shown = rounded(value)
    return None if shown is None else round(shown * 10)


def said(tenths: int) -> str:
    return f"{milliseconds(tenths / 10).text} ms"
