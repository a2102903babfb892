"""Who came, who was new, and who came again."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import dropwhile

from analytics import queries
from analytics.queries import Came, Cohort, PeopleReport
from portal.views.reports.chart import Cell, Chart, Kind, Stat, Unit, count, day, percent, word
from portal.views.reports.comparing import compared
from portal.views.reports.frame import Asked, Page

WEEK = timedelta(days=7)
SO_FAR = "so far"


def people(asked: Asked) -> Page:
    report = queries.people_report(asked.scope)
    # Weeks before anybody came say nothing.
    cohorts = [*dropwhile(lambda each: not each.people, queries.retention(asked.scope))]
    today = asked.now.astimezone(asked.period.zone).date()
    return Page(
        stats=stats(report, asked),
        charts=[by_day(report), came_again(cohorts, today)],
    )


def stats(report: PeopleReport, asked: Asked) -> list[Stat]:
    now, before, period = report.total, report.before, asked.period
    return [
        Stat("People", f"{now.people:,}", by=compared(now.people, before.people, period)),
        Stat("New", f"{now.new:,}", by=compared(now.new, before.new, period)),
        Stat(
            "Returning", f"{now.returning:,}", by=compared(now.returning, before.returning, period)
        ),
    ]


def by_day(report: PeopleReport) -> Chart:
    days = [*zip(report.days, report.by_day, strict=True)]
    return Chart(
        name="by-day",
        title="New and returning people by day",
        kind=Kind.STACK,
        unit=Unit.PEOPLE,
        labels=[each.isoformat() for each in report.days],
        dates=True,
        series=[
            ("New", [came.new for came in report.by_day]),
            ("Returning", [came.returning for came in report.by_day]),
        ],
        head=["Day", "People", "New", "Returning"],
        rows=lambda: ([day(each), *counted(came)] for each, came in days),
        foot=[word("Each person once"), *counted(report.total)],
        note="Somebody is new on the day of their first event, and returning on every later day. "
        "Each person is counted once a day, and once in all the days together.",
        empty="Who has an event is counted here, day by day: those who are new, and those who come again.",
    )


def counted(came: Came) -> list[Cell]:
    return [count(came.people), count(came.new), count(came.returning)]


def came_again(cohorts: Sequence[Cohort], today: date) -> Chart:
    """Of each week's new people, how many had an event in the weeks after it."""
    later = range(1, len(cohorts))
    return Chart(
        name="retention",
        title="Who comes again, by week of the first event",
        kind=Kind.HEAT,
        unit=Unit.PERCENT,
        labels=[weeks_said(n) for n in later],
        series=[
            (week_said(cohort, today), [share_at(cohort, n) for n in later])
            for cohort in cohorts[:-1]  # the last one has no later week yet
        ],
        unfinished=[
            (place, n - 1)
            for place, cohort in enumerate(cohorts)
            for n in later
            if n < len(cohort.came) and not is_over(cohort, n, today)
        ],
        head=["Week of the first event", "People", *(weeks_said(n) for n in later)],
        rows=lambda: ([*row(cohort, later, today)] for cohort in cohorts),
        foot=[
            word("Weeks that are over"),
            count(sum(cohort.people for cohort in cohorts if is_over(cohort, 0, today))),
            *(again(*together(cohorts, n, today)) for n in later),
        ],
        note="Of those whose first event was in a week, from Monday to Sunday: how many had another event so many "
        f"weeks later. {unfinished_said(cohorts, today)}In the file it is people, not their share.",
        empty="When people of one week have events in a later week, it is seen here. Choose a period of two weeks or more.",
    )


def unfinished_said(cohorts: Sequence[Cohort], today: date) -> str:
    if not cohorts or is_over(cohorts[-1], 0, today):
        return ""
    return (
        f"The week that is not over yet is marked, by “…” and “{SO_FAR}”: its figures still grow. "
    )


def row(cohort: Cohort, later: Sequence[int], today: date) -> Iterator[Cell]:
    yield Cell(cohort.week.isoformat(), week_said(cohort, today))
    yield count(cohort.people)
    for n in later:
        if n >= len(cohort.came):
            yield Cell(None, "")
        else:
            yield again(cohort.came[n], cohort.people, so_far=not is_over(cohort, n, today))


def again(came: int, people: int, *, so_far: bool = False) -> Cell:
    """12 (23.5%). Nothing where nobody could come."""
    if not people:
        return Cell(None, "\N{EN DASH}")
    share = f"{percent(Fraction(came, people)):.1f}%"
    return Cell(came, f"{came:,} ({share}{f', {SO_FAR}' if so_far else ''})")


def together(cohorts: Sequence[Cohort], n: int, today: date) -> tuple[int, int]:
    """How many came n weeks later, and of how many, where that week is over."""
    over = [each for each in cohorts if n < len(each.came) and is_over(each, n, today)]
    return sum(each.came[n] for each in over), sum(each.people for each in over)


def share_at(cohort: Cohort, n: int) -> float | None:
    if n >= len(cohort.came) or not cohort.people:
        return None
    return percent(Fraction(cohort.came[n], cohort.people))


def is_over(cohort: Cohort, n: int, today: date) -> bool:
    """Whether the week n weeks after this one has ended."""
    return cohort.week + WEEK * (n + 1) <= today


def week_said(cohort: Cohort, today: date) -> str:
    said = f"{cohort.week.day} {cohort.week:%b %Y}"
    return said if is_over(cohort, 0, today) else f"{said}, {SO_FAR}"


def weeks_said(n: int) -> str:
    return f"Week +{n}"
