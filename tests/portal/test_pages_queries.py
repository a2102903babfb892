"""A page asks the database as often for many rows as for one."""

from datetime import timedelta

import pytest
from django.urls import reverse

from brands import services as brands
from brands.models import User
from events import services as events
from tests.events.calls import report
from tests.portal.conftest import NOON
from wallets.services import public_wallet_id

# Session, user, and membership with its brand are three of them.
QUERIES = {
    "settings": 3,
    "domains": 4,
    "limits": 5,
    "audit": 7,
    "overview": 14,
    "setup": 7,
    "setup-steps": 6,
    "event-types": 7,
    "add-event-type": 3,
    "edit-event-type": 7,
    "switch-event-type": 4,
    "versions": 6,
    "version": 8,
    "unmatched": 7,
    "replay-event-type": 8,
    "live": 15,
    "live-state": 20,
    "live-stream": 3,
    "log": 14,
    "event": 5,
    "analytics": 12,
    "refusals": 12,
    "report-csv": 8,
    "response-times": 8,
    "people": 16,
    "owed": 21,
    "spending": 8,
    "alerts": 5,
    "alert-settings": 5,
    "members": 8,
    "member": 12,
    "adjustments": 5,
}


@pytest.mark.parametrize("rows", [1, 12])
@pytest.mark.parametrize("name", QUERIES)
def test_the_number_of_queries_does_not_grow(
    as_ann, ann, brand, order, django_assert_num_queries, name, rows
):
    for n in range(rows):
        outcome = report(brand, metadata={"order_id": n}, at=NOON + timedelta(seconds=n))
        report(brand, address=f"p{n}x@example.com", metadata={"order_id": n})
        terms = events.Terms(amount=10_01 + n)
        events.publish(rule=order.rules.get(), terms=terms, by=None, now=NOON)
        events.create_event_type(
            brand=brand, key=f"e{n}", name=f"E {n}", terms=terms, by=None, now=NOON
        )
        with pytest.raises(events.UnknownEvent):
            report(brand, f"unknown-{n}", metadata={"n": n})
        brands.add_domain(brand=brand, entry=f"d{n}.example", by=ann, now=NOON)
    arguments = {
        "edit-event-type": [order.pk],
        "switch-event-type": [order.pk],
        "versions": [order.pk],
        "version": [order.pk, 1],
        "replay-event-type": [order.pk],
        "event": [outcome.event_id],
        "report-csv": ["events", "costs"],
        "member": [public_wallet_id(brand_id=brand.pk, wallet=outcome.wallet or 0)],
    }
    address = reverse(f"portal:{name}", args=[brand.slug, *arguments.get(name, [])])
    with django_assert_num_queries(QUERIES[name]):
        assert as_ann.get(address).status_code == 200


NETWORK = {"overview": 15, "health": 13, "alerts": 9}


@pytest.mark.parametrize("brands_there", [1, 12])
@pytest.mark.parametrize("name", NETWORK)
def test_the_number_of_queries_does_not_grow_with_the_network(
    as_ann, ann, brand, order, django_assert_num_queries, name, brands_there
):
    User.objects.filter(pk=ann.pk).update(is_staff=True)
    for n in range(brands_there):
        brands.create_brand(owner=ann, name=f"B {n}", slug=f"b{n}", now=NOON)
        report(brand, metadata={"order_id": n}, at=NOON + timedelta(seconds=n))
    address = reverse(f"network:{name}")
    as_ann.get(address)
    with django_assert_num_queries(NETWORK[name]):
        assert as_ann.get(address).status_code == 200
