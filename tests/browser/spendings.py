"""A month of spendings between a brand and two others, as people would spend: run in an installation's shell."""

import random
from datetime import datetime, timedelta
from uuid import uuid4

from brands.models import Brand, Trust
from brands.queries import brand_facts
from events import services as events
from wallets import services as wallets
from wallets.models import Account
from wallets.queries import addresses_of

PEOPLE, DAYS, SPENDINGS = 16, 60, 90
OTHERS = ("fjell", "harbour")


def spend_around(*, slug: str, now: datetime) -> None:
    """People who hold credits of this brand earn some at the others too, and spend all of them here and there."""
    dice = random.Random(11)
    brand, *others = (Brand.objects.get(slug=each) for each in (slug, *OTHERS))
    holds = Account.objects.filter(brand=brand, kind="available", test=False, balance__gte=20_00)
    people = [*holds.order_by("-balance", "pk").values_list("wallet_id", flat=True)[:PEOPLE]]
    addresses = addresses_of(people)
    # Every second one: older than all that they earned here, so that it is spent first.
    for wallet in people[::2]:
        for other in dice.choices(others, [3, 1], k=4):
            earn(other, addresses[wallet], at=now - timedelta(days=200))
    for n in range(SPENDINGS):
        at = now - timedelta(days=DAYS * (1 - (n + 1) / (SPENDINGS + 1)))
        where = dice.choices([brand, *others], [6, 3, 1])[0]
        try:
            made = wallets.reserve(
                brand=where,
                wallet=dice.choice(people),
                amount=dice.randrange(1_00, 15_00, 25),
                idempotency_key=f"furnished-{slug}-{n}",
                now=at,
            )
        except wallets.NotEnoughToSpend:
            continue
        if n % 9 != 0:
            wallets.capture(brand=where, redemption=made.public_id, now=at)
        else:
            wallets.cancel(brand=where, redemption=made.public_id, now=at)


def earn(brand: Brand, address: str, *, at: datetime) -> None:
    facts = brand_facts(brand_id=brand.pk)
    assert facts is not None
    events.receive(
        brand=facts,
        submission=events.Submission(
            name="place_order",
            address=address,
            metadata={"order_id": f"{uuid4()}"},
            trust=Trust.KEY,
            source="api",
            request_id=f"req_{uuid4().hex[:24]}",
            received_at=at,
        ),
    )
