"""Who holds how much, and who earned most: masked, as the list of members shows people."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache

from django.urls import reverse

from analytics.queries import Bar, Earner
from portal import wording
from portal.views.reports.chart import Cell, Chart, Kind, Unit, amount, count, share, together, word
from portal.views.reports.frame import Asked
from wallets import services as wallets
from wallets.addresses import mask
from wallets.queries import addresses_of

# Of a wallet's name, as the list of members shows it.
SHORT = 16


def by_balance(bars: Sequence[Bar]) -> Chart:
    held = sum(bar.amount for bar in bars)
    return Chart(
        name="balances",
        title="People by how much they hold",
        kind=Kind.BARS,
        unit=Unit.PEOPLE,
        labels=[bar_said(bar) for bar in bars],
        series=[("People", [bar.people for bar in bars])],
        head=["Balance, RSNC", "People", "Together, RSNC", "Of what is owed"],
        rows=lambda: (
            [
                word(bar_said(bar)),
                count(bar.people),
                amount(bar.amount),
                share(Fraction(bar.amount, held) if held else None),
            ]
            for bar in bars
        ),
        foot=[
            together(),
            count(sum(bar.people for bar in bars)),
            amount(held),
            share(Fraction(1) if held else None),
        ],
        note="Everybody with an event, by what they hold now of what was issued here.",
        empty="As soon as somebody has an event, they are counted here by what they hold.",
    )


def top(asked: Asked, earners: Sequence[Earner]) -> Chart:
    """A table of people as the list of members shows them."""

    addresses = cache(lambda: addresses_by_id(asked.brand.pk, earners))

    def rows() -> Iterator[Sequence[Cell]]:
        for each in earners:
            address = addresses()[each.public_id]
            link = reverse("portal:member", args=[asked.brand.slug, each.public_id])
            yield [
                word(mask(address) if address else "erased", link=link),
                Cell(each.public_id, f"{each.public_id[:SHORT]}…"),
                amount(each.earned),
                amount(each.balance),
            ]

    return Chart(
        name="earners",
        title="Who earned most",
        kind=Kind.NONE,
        unit=Unit.RSNC,
        head=["Person", "Wallet", "Earned, RSNC", "Holds now, RSNC"],
        rows=rows,
        words=2,
        note="By events, since the beginning; what was added or taken back by hand is seen in what they hold. Addresses are masked.",
        empty="The ten who earned most by events are here, as soon as somebody was rewarded.",
    )


def addresses_by_id(brand_id: int, earners: Sequence[Earner]) -> Mapping[str, str]:
    found = {
        each.public_id: wallets.wallet_behind(brand_id=brand_id, public_id=each.public_id) or 0
        for each in earners
    }
    addresses = addresses_of([*found.values()])
    return {public_id: addresses.get(wallet, "") for public_id, wallet in found.items()}


def bar_said(bar: Bar) -> str:
    """Nothing, 5.00 to 9.99, 1,000.00 or more."""
    if not bar.least:
        return "nothing"
    if bar.below is None:
        return f"{wording.rsnc(bar.least)} or more"
    return f"{wording.rsnc(bar.least)} to {wording.rsnc(bar.below - 1)}"
