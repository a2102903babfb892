"""The members: masked, found by their whole address, and what one of them holds here."""

from datetime import timedelta

import pytest
from django.urls import reverse

from brands.models import AuditEntry, Role
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
    assert "Nobody found" in as_ann.get(members_of(brand, address="ann@example.com")).text
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
    assert "Nobody found" in as_ann.get(members_of(brand, address="an@example.com")).text


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


def test_who_has_been_refused_only_is_listed(as_ann, brand, order):
    outcome = report(brand, address="max@example.com")
    assert outcome.status == "no_reward"
    (row,) = as_ann.get(members_of(brand)).context["rows"]
    assert (row.address, row.holdings.available) == ("max@example.com", 0)
    assert row.last_seen == NOON


def test_the_worlds_are_listed_apart(as_ann, brand, order):
    live = report(brand, metadata={"order_id": 1})
    test = report(brand, address="tess@example.com", metadata={"order_id": 1}, test=True)
    page = as_ann.get(members_of(brand, world="test"))
    assert [row.address for row in page.context["rows"]] == ["tess@example.com"]
    assert [row.address for row in as_ann.get(members_of(brand)).context["rows"]] == [
        "ann@example.com"
    ]
    assert as_ann.get(members_of(brand, world="moon")).context["rows"][0].test is False
    assert "chip test" in member_page(as_ann, brand, test).text
    assert "chip test" not in member_page(as_ann, brand, live).text


def test_a_wallet_finds_its_person_in_its_world(as_ann, brand, other_brand, order):
    outcome = report(brand, metadata={"order_id": 1}, test=True)
    name = public_wallet_id(brand_id=brand.pk, wallet=outcome.wallet)
    for typed in (name, f" {name.upper()} "):
        (row,) = as_ann.get(members_of(brand, address=typed)).context["rows"]
        assert (row.public_id, row.test) == (name, True)
    theirs = public_wallet_id(brand_id=other_brand.pk, wallet=outcome.wallet)
    for typed in (theirs, "wal_", "wal_" + "0" * 32, f"{name}0"):
        assert "Nobody found" in as_ann.get(members_of(brand, address=typed)).text


HOSTILE = [
    "\0",
    "a\0b@example.com",
    "x" * 10_000,
    "<b>@example.com",
    "\u202e@x.example",
    "💥",
    "wal_💥",
]


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_that_is_searched_for_breaks_the_page(as_ann, brand, order, typed):
    report(brand, metadata={"order_id": 1})
    page = as_ann.get(members_of(brand, address=typed))
    assert page.status_code == 200
    assert "<b>@" not in page.text
    assert not page.context["rows"]


@pytest.mark.parametrize("cursor", ["", "-1", "x", "9" * 40, "1" * 18, "²"])
def test_a_cursor_that_is_none_shows_the_newest_or_nobody(as_ann, brand, order, cursor):
    report(brand, metadata={"order_id": 1})
    assert as_ann.get(members_of(brand, before=cursor)).status_code == 200
    assert as_ann.get(members_of(brand, before="1")).status_code == 200


def test_a_switched_world_comes_as_a_fragment(as_ann, brand, order):
    report(brand, metadata={"order_id": 1})
    page = as_ann.get(members_of(brand), headers={"HX-Request": "true"})
    assert page.text.lstrip().startswith("<section")
    assert "an•••@example.com" in page.text


def test_one_member_is_told_whole(as_ann, brand, other_brand, order, elsewhere):
    outcome = report(brand, metadata={"order_id": 1})
    report(other_brand, "visit")
    report(brand, metadata={"order_id": 2}, at=NOON + timedelta(days=1))
    member = member_page(as_ann, brand, outcome).context["member"]
    assert (member.earned, member.holdings.issued_here) == (20_00, 20_00)
    assert (member.holdings.issued_elsewhere, member.holdings.owed) == (7_00, 0)
    assert (member.first_seen, member.last_seen) == (NOON, NOON + timedelta(days=1))
    assert not member.claimed


@pytest.mark.parametrize("kind", ["transfers", "events"])
def test_a_member_is_read_page_by_page_there_and_back(as_ann, brand, order, monkeypatch, kind):
    monkeypatch.setattr("portal.views.members.LAST", 2)
    for n in range(5):
        at = NOON + timedelta(minutes=n)
        outcome = report(brand, metadata={"order_id": n}, at=at)
    name = public_wallet_id(brand_id=brand.pk, wallet=outcome.wallet)
    path = reverse("portal:member", args=[brand.slug, name])

    def read(**query):
        part = as_ann.get(path, query).context[kind]
        times = [getattr(row, "received_at", None) or row.created_at for row in part.rows]
        return [(time - NOON).seconds // 60 for time in times], part

    seen, part = read()
    assert (seen, part.newer) == ([4, 3], None)
    seen, part = read(**{f"{kind}_before": part.older})
    assert seen == [2, 1]
    seen, part = read(**{f"{kind}_before": part.older})
    assert (seen, part.older) == ([0], None)
    seen, part = read(**{f"{kind}_after": part.newer})
    assert seen == [2, 1]
    seen, part = read(**{f"{kind}_after": part.newer})
    assert (seen, part.newer) == ([4, 3], None)
    for nonsense in ("x", "9" * 30, "-1", "99999999999999999999-" + "0" * 32):
        assert read(**{f"{kind}_before": nonsense})[0] == [4, 3]
        assert read(**{f"{kind}_after": nonsense})[0] == [4, 3]


def reveal(client, brand, outcome):
    name = public_wallet_id(brand_id=brand.pk, wallet=outcome.wallet)
    return client.post(reverse("portal:reveal-member", args=[brand.slug, name]))


def test_an_address_is_revealed_once_and_it_is_noted(as_ann, ann, brand, order):
    outcome = report(brand, address="maximilian@example.com", metadata={"order_id": 1})
    page = reveal(as_ann, brand, outcome)
    assert "maximilian@example.com" in page.text
    assert "no-store" in page["Cache-Control"]
    entry = AuditEntry.objects.get(action="member.revealed")
    assert (entry.by, entry.brand) == (ann, brand)
    assert entry.subject == public_wallet_id(brand_id=brand.pk, wallet=outcome.wallet)
    assert "maximilian" not in f"{entry.before}{entry.after}"
    assert "maximilian" not in member_page(as_ann, brand, outcome).text


def test_whoever_may_not_reveal_is_not_offered_it(as_role, brand, order):
    outcome = report(brand, metadata={"order_id": 1})
    client = as_role(Role.ANALYST)
    page = member_page(client, brand, outcome)
    assert "Reveal" not in page.text
    assert "Adjust by hand" not in page.text
    assert reveal(client, brand, outcome).status_code == 403
    assert not AuditEntry.objects.filter(action="member.revealed").exists()
