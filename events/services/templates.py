"""Event types to begin with. Everything in them can be changed before they are made, and after."""

from dataclasses import dataclass, field
from typing import Any

from events.models import Cooldown
from events.services.programme import Terms

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Template:
    """A working start. `metadata` is a sample of what the backend would send with it."""

    key: str
    name: str
    description: str
    terms: Terms
    metadata: dict[str, Any] = field(default_factory=dict)


TEMPLATES = {
    template.key: template
    for template in (
        Template(
            "place_order",
            "Order placed",
            "Somebody buys. Paid once for every order, however often it is reported.",
            Terms(amount=10_00, business_key="metadata.order_id"),
            {"order_id": "ORD-12345", "total": 89.99, "items": 3},
        ),
        Template(
            "post_review",
            "Review posted",
            "Somebody reviews a product. Paid once every 24 hours.",
            Terms(amount=5_00, cooldown=Cooldown.ROLLING, cooldown_seconds=DAY),
            {"product_id": "SKU-77", "rating": 5},
        ),
        Template(
            "signup",
            "Signed up",
            "Somebody opens an account with you. Paid once ever.",
            Terms(amount=25_00, cooldown=Cooldown.EVER),
        ),
        Template(
            "refer_friend",
            "Friend referred",
            "Somebody's friend becomes a customer. Paid once for every friend, to the one who referred.",
            Terms(amount=20_00, business_key="metadata.referral_id", person_daily_cap=100_00),
            {"referral_id": "REF-2041"},
        ),
        Template(
            "daily_visit",
            "Daily visit",
            "Somebody comes by. Paid once a calendar day.",
            Terms(amount=1_00, cooldown=Cooldown.DAY),
        ),
        Template(
            "community_post",
            "Community post",
            "Somebody writes in your forum or Discord. Paid for every post, up to a limit a day.",
            Terms(amount=2_00, business_key="metadata.post_id", person_daily_cap=10_00),
            {"post_id": "POST-9001"},
        ),
    )
}
