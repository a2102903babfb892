"""Where this brand's credits are spent, and whose credits are spent here."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from analytics import queries
from analytics.queries import Partner, SpendingReport, Spent
from portal.views.reports.chart import Cell, Chart, Kind, Stat, Unit, amount, together, word
from portal.views.reports.comparing import compared
from portal.views.reports.figures import MOST, OTHERS, by_hours, label_of, time_head, when
from portal.views.reports.flow import Node, Stream, streams
from portal.views.reports.frame import Asked, Page
from portal.wording import rsnc

OURS, HERE = "Our credits", "Spent here"
# Colours: of what is ours, of other brands in turn (none that is of something else over time), and of the rest of them.
OWN, THEIRS, REST = 0, (3, 4, 5, 6, 7, 8, 9), 10


def spending(asked: Asked) -> Page:
    ask = queries.spending_by_hour if by_hours(asked) else queries.spending_report
    report = ask(asked.scope)
    return Page(
        stats=stats(report, asked),
        charts=[flow(report), over_time(report, asked), by_brand(report)],
        # Others' credits may be spent here before anything was ever reported.
        anyway=bool(report.partners),
    )


def stats(report: SpendingReport, asked: Asked) -> list[Stat]:
    home, elsewhere, theirs = report.home, report.elsewhere, report.theirs

    def stat(label: str, said: str, *parts: Spent) -> Stat:
        now, before = sum(each.total for each in parts), sum(each.before for each in parts)
        than = compared(now, before, asked.period, rsnc)
        return Stat(label, rsnc(now), "RSNC", f"{said} · {than}")

    return [
        stat(
            "Our credits spent",
            f"{rsnc(home.total)} here, {rsnc(elsewhere.total)} at other brands",
            home,
            elsewhere,
        ),
        stat(
            HERE,
            f"{rsnc(home.total)} of ours, {rsnc(theirs.total)} of other brands'",
            home,
            theirs,
        ),
        stat(
            "We owe other brands",
            "for our credits spent there in these days, before settlement",
            elsewhere,
        ),
        stat(
            "Other brands owe us",
            "for their credits spent here in these days, before settlement",
            theirs,
        ),
    ]


def flow(report: SpendingReport) -> Chart:
    """To here from those who issued what was spent here, and from our credits to wherever they were spent."""
    hues = {each.brand: THEIRS[n % len(THEIRS)] for n, each in enumerate(report.partners)}
    theirs = [*most_of(report.partners, theirs_of)]
    ours = [*most_of(report.partners, ours_of)]
    # In this order no stream crosses another.
    nodes = [
        *(named("{}", partner, hues) for partner, _ in theirs),
        Node(OURS, OWN),
        Node(HERE, OWN),
        *(named("Spent at {}", partner, hues) for partner, _ in ours),
    ]
    our, here = len(theirs), len(theirs) + 1
    links = [
        Stream(our, here, report.home.total, report.home.before),
        *(
            Stream(our, place, spent.total, spent.before)
            for place, (_, spent) in enumerate(ours, start=here + 1)
        ),
        *(
            Stream(place, here, spent.total, spent.before)
            for place, (_, spent) in enumerate(theirs)
        ),
    ]
    crowded = REST in {node.hue for node in nodes}
    return streams(
        nodes,
        links,
        name="flow",
        title="Whose credits were spent, and where",
        note="On the left whose credits they are, on the right where they were spent."
        + (f" On each side the {MOST} brands with most; below, each has a row." if crowded else ""),
        empty="Nobody has spent credits here, and none of yours were spent elsewhere in these days. "
        "As soon as that happens, it is here: whose credits they were, and where they were spent.",
    )


def named(said: str, partner: Partner | None, hues: Mapping[int, int]) -> Node:
    """A partner may be called anything: it is no format."""
    if partner is None:
        return Node(said.replace("{}", OTHERS).capitalize(), REST)
    return Node(said.replace("{}", partner.name), hues[partner.brand])


def most_of(
    partners: Sequence[Partner], of: Callable[[Partner], Spent]
) -> Iterator[tuple[Partner | None, Spent]]:
    """Those with most of it, now or else before, and the others as one."""
    there = [each for each in partners if of(each).total or of(each).before]
    there.sort(key=lambda each: (-of(each).total, -of(each).before, each.brand))
    most = len(there) if len(there) <= MOST + 1 else MOST
    for partner in there[:most]:
        yield partner, of(partner)
    if there[most:]:
        rest = [of(each) for each in there[most:]]
        yield None, Spent([], sum(each.total for each in rest), sum(each.before for each in rest))


def over_time(report: SpendingReport, asked: Asked) -> Chart:
    parts = [
        ("Ours, spent here", report.home),
        ("Other brands', spent here", report.theirs),
        ("Ours, spent at other brands", report.elsewhere),
    ]

    def rows() -> Iterator[Sequence[Cell]]:
        for place, label in enumerate(report.labels):
            yield [when(label, asked), *(amount(spent.parts[place]) for _, spent in parts)]

    return Chart(
        name="over-time",
        title="Spent over time",
        kind=Kind.STACK,
        unit=Unit.RSNC,
        labels=[label_of(label, asked) for label in report.labels],
        dates=True,
        series=[(name, spent.parts) for name, spent in parts],
        head=[time_head(asked), *(f"{name}, RSNC" for name, _ in parts)],
        rows=rows,
        foot=[together(), *(amount(spent.total) for _, spent in parts)],
        note="By when it was spent for good: what is only held for an order is not spent yet.",
        empty="What was spent is here day by day: your credits and other brands', here, and yours elsewhere.",
    )


def by_brand(report: SpendingReport) -> Chart:
    """What is to be settled with whom."""
    there = [each for each in report.partners if each.ours.total or each.theirs.total]
    ours, theirs = (sum(of(each).total for each in there) for of in (ours_of, theirs_of))
    return Chart(
        name="brands",
        title="Who owes whom, by brand",
        kind=Kind.NONE,
        unit=Unit.RSNC,
        words=2,
        head=[
            "Brand",
            "Who owes",
            "Difference, RSNC",
            "Ours spent there, RSNC",
            "Theirs spent here, RSNC",
        ],
        rows=lambda: (
            [word(each.name), *owing(each.ours.total, each.theirs.total)] for each in there
        ),
        foot=[together(), *owing(ours, theirs)],
        note="We owe a brand for our credits that were spent there, and it owes us for its credits that were spent here. "
        "This is what came up in these days, before settlement.",
        empty="As soon as your credits are spent at another brand, or another brand's here, it is said here who owes whom.",
    )


def owing(ours: int, theirs: int) -> list[Cell]:
    who = "We owe them" if ours > theirs else "They owe us" if theirs > ours else "Even"
    return [word(who), *map(amount, (abs(theirs - ours), ours, theirs))]


def ours_of(partner: Partner) -> Spent:
    return partner.ours


def theirs_of(partner: Partner) -> Spent:
    return partner.theirs
