"""Where credits come from and where they go."""

from collections.abc import Sequence

from portal.views.reports.chart import Chart, Kind, Unit, amount, word

Part = tuple[str, int]
ISSUED = "Issued"


def flow(sources: Sequence[Part], targets: Sequence[Part]) -> Chart:
    """From what issued them, through what was issued, to what became of it: names, and hundredths of RSNC."""
    left = [(name, part) for name, part in sources if part]
    right = [(name, part) for name, part in targets if part]
    # The middle comes first, then each side in its order.
    first = 1 + len(left)
    return Chart(
        name="flow",
        title="Where credits come from and where they go",
        kind=Kind.FLOW,
        unit=Unit.RSNC,
        labels=[ISSUED, *(name for name, _ in left), *(name for name, _ in right)],
        flows=[
            *((place, 0, part) for place, (_, part) in enumerate(left, start=1)),
            *((0, place, part) for place, (_, part) in enumerate(right, start=first)),
        ],
        head=["From", "To", "RSNC"],
        rows=lambda: [
            *([word(name), word(ISSUED), amount(part)] for name, part in left),
            *([word(ISSUED), word(name), amount(part)] for name, part in right),
        ],
        words=2,
        note="Since the beginning: on the left what issued them, on the right what has become of them.",
        empty="As soon as something is issued, it is here from its event type to who holds it.",
    )
