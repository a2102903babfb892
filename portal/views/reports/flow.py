"""What went from where to where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from portal.views.reports.chart import Cell, Chart, Kind, Unit, amount, word
from portal.views.reports.comparing import change

Part = tuple[str, int]
ISSUED = "Issued"


@dataclass(frozen=True, slots=True)
class Node:
    """Where something comes from or goes to. `hue`: those of one number are of one colour."""

    name: str
    hue: int | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """From one node to another, by their places, in hundredths of RSNC; `before` where it is compared."""

    start: int
    end: int
    amount: int
    before: int | None = None


def streams(nodes: Sequence[Node], links: Sequence[Stream], **chart: Any) -> Chart:
    """A flow of RSNC and its table, a row a link. What carries nothing is not drawn. `chart` is the rest of it."""
    drawn = [link for link in links if link.amount]
    ends = {place for link in drawn for place in (link.start, link.end)}
    # By places among those that are drawn.
    places = {place: n for n, place in enumerate(sorted(ends))}
    compares = any(link.before is not None for link in links)

    def rows() -> Iterator[Sequence[Cell]]:
        for link in links:
            if not link.amount and not link.before:
                continue
            row = [word(nodes[link.start].name), word(nodes[link.end].name), amount(link.amount)]
            compared = [amount(link.before), change(link.amount, link.before)] if compares else []
            yield [*row, *compared]

    return Chart(
        kind=Kind.FLOW,
        unit=Unit.RSNC,
        labels=[nodes[place].name for place in places],
        hues=[nodes[place].hue for place in places],
        flows=[(places[link.start], places[link.end], link.amount) for link in drawn],
        head=["From", "To", "RSNC", *(["Before, RSNC", "Change, %"] if compares else [])],
        rows=rows,
        words=2,
        **chart,
    )


def flow(sources: Sequence[Part], targets: Sequence[Part]) -> Chart:
    """From what issued them, through what was issued, to what became of it: names, and hundredths of RSNC."""
    # The middle comes first, then each side in its order.
    first = 1 + len(sources)
    return streams(
        [Node(ISSUED), *(Node(name) for name, _ in [*sources, *targets])],
        [
            *(Stream(place, 0, part) for place, (_, part) in enumerate(sources, start=1)),
            *(Stream(0, place, part) for place, (_, part) in enumerate(targets, start=first)),
        ],
        name="flow",
        title="Where credits come from and where they go",
        note="Since the beginning: on the left what issued them, on the right what has become of them.",
        empty="As soon as something is issued, it is here from its event type to who holds it.",
    )
