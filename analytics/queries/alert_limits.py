"""From when on something is far more than usual, for the network and for each brand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.db.models import Q

from analytics.models import AlertLimits

# Until an operator says otherwise.
FIRST: Mapping[str, Any] = {
    "pay_factor": Decimal("4.0"),
    "pay_floor": 500_00,
    "refusal_factor": Decimal("4.0"),
    "refusal_floor": 100,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds: the brand's own where it has set one, the network's elsewhere.

    `pay_floor` in hundredths of RSNC, `refusal_floor` in events, both in an hour. `mail`: whether people are
    written to.
    """

    pay_factor: Decimal
    pay_floor: int
    refusal_factor: Decimal
    refusal_floor: int
    mail: bool = True

    def pay_limit(self, usual: int | None) -> int:
        """From so many hundredths of RSNC on it is far more than usual. What is new has a floor alone."""
        return limit(self.pay_factor, self.pay_floor, usual)

    def refusal_limit(self, usual: int | None) -> int:
        """The same for refused events."""
        return limit(self.refusal_factor, self.refusal_floor, usual)


def limit(factor: Decimal, floor: int, usual: int | None) -> int:
    times = (factor * (usual or 0)).to_integral_value(rounding=ROUND_CEILING)
    return max(floor, int(times))


def network_limits() -> Limits:
    """What holds where a brand has set nothing."""
    return of(AlertLimits.objects.filter(brand=None).first(), None)


def own_limits(brand_id: int) -> AlertLimits | None:
    """What the brand has set instead; fields that it left are null."""
    return AlertLimits.objects.filter(brand=brand_id).first()


def limits_of(brand_ids: Iterable[int]) -> tuple[Limits, dict[int, Limits]]:
    """The network's, and those of brands that have set some. One query."""
    rows = AlertLimits.objects.filter(Q(brand=None) | Q(brand__in=set(brand_ids)))
    found = {row.brand_id: row for row in rows}
    network = of(found.pop(None, None), None)
    return network, {brand: of(row, network) for brand, row in found.items() if brand is not None}


def of(row: AlertLimits | None, network: Limits | None) -> Limits:
    """A row's limits, with the network's where it has none."""
    said = {name: getattr(row, name, None) for name in FIRST}
    rest = {name: getattr(network, name) if network else first for name, first in FIRST.items()}
    set_here = {name: value for name, value in said.items() if value is not None}
    return Limits(**(rest | set_here), mail=row.mail if row else True)
