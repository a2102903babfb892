"""The members: masked, found by their whole address, and what one of them holds here."""

import pytest
from django.urls import reverse

from events import services as events
from tests.events.calls import report
from tests.portal.conftest import NOON
from wallets.services import public_wallet_id


def members_of(brand, **query):
    return reverse("portal:members", args=[brand.slug], query=query or None)


def member_page(client, brand, outcome, of=None):
    name = public_wallet_id(brand_id=(of or brand).pk, wallet=outcome.wallet)
    return client.get(reverse("portal:member", args=[brand.slug, name]))


@pytest.fixture
def elsewhere(other_brand):
    """7.00 RSNC at another brand."""
    terms = events.Terms(amount=7_00)
    return events.create_event_type(
        brand=other_brand, key="visit", name="Visit", terms=terms, by=None, now=NOON
    )


def test_an_empty_list_says_what_to_do_next(as_ann, brand):
    assert "Nobody yet" in as_ann.get(members_of(brand)).text


def test_people_are_masked_with_what_they_hold(as_ann, brand, other_brand, order, elsewhere):
    report(brand, metadata={"order_id": 1})
    report(other_brand, "visit")
    page = as_ann.get(members_of(brand))
    assert "an•••@example.com" in page.text
    assert "ann@example.com" not in page.text.replace('placeholder="ann@example.com', "")
    (row,) = page.context["rows"]
    assert (row.holdings.issued_here, row.holdings.available) == (10_00, 17_00)


def test_who_has_only_been_elsewhere_is_not_here(as_ann, brand, other_brand, order, elsewhere):
    outcome = report(other_brand, "visit")
    assert "Nobody yet" in as_ann.get(members_of(brand)).text
    assert (
        "Nobody found" in as_ann.get(members_of(brand, address="ann@example.com")).text
    )
    assert member_page(as_ann, brand, outcome).status_code == 404


@pytest.mark.parametrize("typed", ["ann@example.com", " ANN@Example.COM. "])
def test_a_whole_address_finds_its_person(as_ann, brand, order, typed):
    report(brand, metadata={"order_id": 1})
    report(brand, address="bob@example.com", metadata={"order_id": 2})
    page = as_ann.get(members_of(brand, address=typed))
    assert [row.address for row in page.context["rows"]] == ["ann@example.com"]


def test_half_an_address_finds_nobody(as_ann, brand, order):
    report(brand, metadata={"order_id": 1})
    page = as_ann.get(members_of(brand, address="ann@"))
    assert not page.context["rows"]
    assert "stands a domain" in page.text
    assert (
        "Nobody found" in as_ann.get(members_of(brand, address="an@example.com")).text
    )


def test_test_wallets_are_not_among_them(as_ann, brand, order):
    report(brand, metadata={"order_id": 1}, test=True)
    assert "Nobody yet" in as_ann.get(members_of(brand)).text


def test_older_members_are_pages_on(as_ann, brand, order, monkeypatch):
    monkeypatch.setattr("portal.views.members.PAGE", 2)
    for n in range(5):
        report(brand, address=f"p{n}x@example.com", metadata={"order_id": n})
    seen: list[str] = []
    query: dict[str, str] = {}
    for _ in range(3):
        page = as_ann.get(members_of(brand, **query))
        seen += [row.address for row in page.context["rows"]]
        query = {"before": page.context["next"]}
    assert seen == [f"p{n}x@example.com" for n in (4, 3, 2, 1, 0)]
    assert page.context["next"] is None
    assert as_ann.get(members_of(brand, before="nonsense")).status_code == 200


def test_a_member_shows_this_brand_only(as_ann, brand, other_brand, order, elsewhere):
    outcome = report(brand, metadata={"order_id": 1})
    report(other_brand, "visit")
    page = member_page(as_ann, brand, outcome)
    assert "17.00" in page.text
    assert [transfer.amount for transfer in page.context["transfers"].rows] == [10_00]
    assert "+7.00" not in page.text
    assert reverse("portal:event", args=[brand.slug, outcome.event_id]) in page.text


def test_another_brands_name_of_a_wallet_is_no_name_here(as_ann, brand, other_brand, order):
    outcome = report(brand, metadata={"order_id": 1})
    assert member_page(as_ann, brand, outcome).status_code == 200
    assert member_page(as_ann, brand, outcome, of=other_brand).status_code == 404


def test_a_wallet_that_never_was_is_not_there(as_ann, brand):
    for name in ("wal_", "wal_" + "0" * 32, "nonsense"):
        assert as_ann.get(reverse("portal:member", args=[brand.slug, name])).status_code == 404
