"""Adjusting by hand in the pages: asked for, shown, done; and by two people above the limit."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from brands.models import AuditEntry, Brand, Membership, Role, User
from tests.events.calls import report
from tests.sign_in import step_up
from wallets import services as wallets
from wallets.models import Adjustment, Transfer

FORM = {"direction": "take", "amount": "2.50", "reason": "Paid for nothing"}


@pytest.fixture
def member(brand, order) -> int:
    """Somebody who has earned 10.00."""
    outcome = report(brand, address="maximilian@example.com", metadata={"order_id": 1})
    return outcome.wallet or 0


@pytest.fixture
def page(brand, member) -> str:
    name = wallets.public_wallet_id(brand_id=brand.pk, wallet=member)
    return reverse("portal:adjust-member", args=[brand.slug, name])


@pytest.fixture
def trusted(as_ann, ann) -> Client:
    """Ann, who has just proved who she is."""
    step_up(as_ann, ann)
    return as_ann


@pytest.fixture
def owning(trusted, ann) -> Client:
    """Ann, as an owner."""
    ann.memberships.update(role=Role.OWNER)
    return trusted


@pytest.fixture
def bob(brand) -> User:
    user = User.objects.create_user("bob@northwind.example", name="Bob")
    Membership.objects.create(user=user, brand=brand, role=Role.OWNER)
    return user


@pytest.fixture
def as_bob(bob) -> Client:
    client = Client()
    client.force_login(bob)
    step_up(client, bob)
    return client


def form(**changed: str) -> dict[str, str]:
    return FORM | {"token": f"{uuid4()}"} | changed


def proposed(brand, member, by, amount=500_00, at=None):
    return wallets.adjust(
        brand=brand,
        wallet=member,
        amount=amount,
        reason="Won the raffle",
        token=uuid4(),
        by=by,
        now=at or timezone.now(),
    )


def decide_page(brand, adjustment) -> str:
    return reverse("portal:decide-adjustment", args=[brand.slug, adjustment.id])


def test_it_is_shown_before_it_is_done(trusted, brand, page):
    shown = trusted.post(page, form())
    assert "Take 2.50 RSNC?" in shown.text
    assert (shown.context["before"], shown.context["after"]) == (10_00, 7_50)
    assert not Adjustment.objects.exists()
    hidden = {each.html_name: each.value() for each in shown.context["form"]}
    changed = trusted.post(page, hidden | {"change": "1"})
    assert "Paid for nothing" in changed.text
    assert not Adjustment.objects.exists()
    done = trusted.post(page, hidden | {"confirmed": "1"}, follow=True)
    assert "2.50 RSNC taken." in done.text
    assert "\N{MINUS SIGN}2.50" in done.text
    assert done.context["member"].holdings.issued_here == 7_50


def test_a_second_click_changes_nothing(trusted, page):
    once = form(confirmed="1")
    for _ in range(3):
        assert trusted.post(page, once).status_code == 302
    assert Transfer.objects.filter(kind="adjust").count() == 1


def test_the_same_form_with_something_else_is_refused(trusted, page):
    once = form(confirmed="1")
    trusted.post(page, once)
    again = trusted.post(page, once | {"amount": "3"})
    assert "sent before, with something else" in again.text
    assert Transfer.objects.filter(kind="adjust").count() == 1


@pytest.mark.parametrize("flag", [{}, {"confirmed": "1"}])
def test_no_more_is_taken_than_is_there(trusted, page, flag):
    refused = trusted.post(page, form(amount="10.01") | flag)
    assert "10.00 RSNC of what you issued are left" in refused.text
    assert 'value="10.01"' in refused.text
    assert not Adjustment.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("amount", "", "Fill this in."),
        ("amount", "0", "between 0.01"),
        ("amount", "-5", "at most two decimals"),
        ("amount", "1,5", "no comma"),
        ("amount", "9" * 400, "at most two decimals"),
        ("amount", "999999999.99", "between 0.01"),
        ("reason", "", "Fill this in."),
        ("reason", " x ", "at least 3 letters"),
        ("reason", "\u200b" * 9, "at least 3 letters"),
        ("reason", "y" * 10_000, "500 characters at most"),
        ("reason", "a\0bcd", "Null characters"),
        ("direction", "both", "not one of the available choices"),
        ("token", "x", "Nothing has moved"),
    ],
)
@pytest.mark.parametrize("flag", [{}, {"confirmed": "1"}])
def test_a_mistake_is_said_at_its_field(trusted, page, field, typed, said, flag):
    answer = trusted.post(page, form(**{field: typed}) | flag)
    assert answer.status_code == 200
    assert said in answer.text
    assert not Adjustment.objects.exists()


def test_a_hostile_reason_is_text_on_every_page(trusted, as_bob, brand, member, ann, page):
    hostile = "<script>alert(1)</script>\u202eevil 💥" + "W" * 400
    for amount in ("1", "500"):
        sent = form(direction="add", amount=amount, reason=hostile)
        shown = trusted.post(page, sent).text
        done = trusted.post(page, sent | {"confirmed": "1"}, follow=True).text
        for text in (shown, done):
            assert "<script>alert" not in text
    asked = Adjustment.objects.get(status="proposed")
    for path in (
        reverse("portal:adjustments", args=[brand.slug]),
        reverse("portal:adjustment", args=[brand.slug, asked.pk]),
        reverse("portal:decide-adjustment", args=[brand.slug, asked.pk]),
    ):
        text = as_bob.get(path).text
        assert "&lt;script&gt;alert(1)" in text
        assert "\u202e" not in text


def test_above_the_limit_it_says_so_and_waits(trusted, brand, page):
    sent = form(direction="add", amount="100.01")
    assert "needs a second person" in trusted.post(page, sent).text
    done = trusted.post(page, sent | {"confirmed": "1"}, follow=True)
    assert "Proposed: add 100.01 RSNC." in done.text
    assert done.context["member"].holdings.issued_here == 10_00
    members = trusted.get(reverse("portal:members", args=[brand.slug]))
    assert "1 waiting" in members.text
    own = trusted.get(decide_page(brand, Adjustment.objects.get()))
    assert "You have proposed it" in own.text
    assert 'value="approve"' not in own.text


@pytest.mark.parametrize(
    ("decision", "said", "held"), [("approve", "Approved.", 510_00), ("refuse", "Refused.", 10_00)]
)
def test_a_second_person_decides(as_bob, brand, ann, member, decision, said, held):
    asked = proposed(brand, member, ann)
    assert "10.00" in as_bob.get(decide_page(brand, asked)).text
    done = as_bob.post(decide_page(brand, asked), {"decision": decision}, follow=True)
    assert said in done.text
    assert "Bob" in done.text
    name = wallets.public_wallet_id(brand_id=brand.pk, wallet=member)
    shown = as_bob.get(reverse("portal:member", args=[brand.slug, name]))
    assert shown.context["member"].holdings.issued_here == held
    again = as_bob.post(decide_page(brand, asked), {"decision": decision})
    assert "decided already" in again.text
    assert Transfer.objects.filter(kind="adjust").count() == (decision == "approve")


def test_the_proposer_cannot_decide(trusted, brand, ann, member):
    asked = proposed(brand, member, ann)
    for decision in ("approve", "refuse"):
        answer = trusted.post(decide_page(brand, asked), {"decision": decision})
        assert "somebody else decides" in answer.text
    assert Adjustment.objects.get().status == "proposed"


def test_what_makes_no_sense_decides_nothing(as_bob, brand, ann, member):
    asked = proposed(brand, member, ann)
    for decision in ("", "both", "\0"):
        answer = as_bob.post(decide_page(brand, asked), {"decision": decision})
        assert "Choose whether" in answer.text
    assert Adjustment.objects.get().status == "proposed"


def test_a_balance_that_has_changed_is_said_at_approval(as_bob, brand, ann, member):
    Brand.objects.update(adjustment_limit=0)
    first, second = (proposed(brand, member, ann, -8_00) for _ in range(2))
    as_bob.post(decide_page(brand, first), {"decision": "approve"})
    shown = as_bob.get(decide_page(brand, second))
    assert "too little for this" in shown.text
    assert 'value="approve"' not in shown.text
    answer = as_bob.post(decide_page(brand, second), {"decision": "approve"})
    assert "cannot be approved any more: 2.00 RSNC" in answer.text


def test_what_nobody_decided_has_expired(as_bob, brand, ann, member):
    asked = proposed(brand, member, ann, at=timezone.now() - timedelta(days=8))
    shown = as_bob.get(decide_page(brand, asked))
    assert "expired" in shown.text
    assert 'value="approve"' not in shown.text
    answer = as_bob.post(decide_page(brand, asked), {"decision": "approve"})
    assert "can be proposed anew" in answer.text
    assert "waiting" not in as_bob.get(reverse("portal:members", args=[brand.slug])).text


def test_all_of_them_are_listed_page_by_page(as_ann, ann, brand, member, monkeypatch):
    monkeypatch.setattr("portal.views.adjustments.PAGE", 2)
    waiting = proposed(brand, member, ann)
    made = [proposed(brand, member, ann, n + 1).id for n in range(5)]
    seen: list[int] = []
    query: dict[str, str] = {}
    for _ in range(3):
        page = as_ann.get(reverse("portal:adjustments", args=[brand.slug]), query)
        assert [row.facts.id for row in page.context["waiting"]] == [waiting.id]
        seen += [row.facts.id for row in page.context["over"]]
        query = {"before": page.context["next"]}
    assert seen == made[::-1]
    assert (
        as_ann.get(reverse("portal:adjustments", args=[brand.slug]), {"before": "x"}).status_code
        == 200
    )


def test_an_empty_list_says_what_to_do_next(as_ann, brand):
    page = as_ann.get(reverse("portal:adjustments", args=[brand.slug]))
    assert "Nothing adjusted yet" in page.text


def test_an_analyst_reads_and_does_not_decide(as_role, brand, ann, member):
    asked = proposed(brand, member, ann)
    client = as_role(Role.ANALYST)
    shown = client.get(reverse("portal:adjustment", args=[brand.slug, asked.id]))
    assert "Won the raffle" in shown.text
    assert "Decide" not in shown.text
    assert "maximilian" not in shown.text


def test_a_number_that_is_no_adjustment_is_not_there(as_bob, brand):
    for number in (1, 10**30):
        for name in ("adjustment", "decide-adjustment"):
            path = reverse(f"portal:{name}", args=[brand.slug, number])
            assert as_bob.get(path).status_code == 404
            assert as_bob.post(path, {"decision": "approve"}).status_code in {404, 405}


@pytest.mark.parametrize(("typed", "limit"), [("0", 0), ("12.5", 12_50)])
def test_the_limit_is_set_and_noted(owning, brand, typed, limit):
    path = reverse("portal:adjustment-limit", args=[brand.slug])
    sent = {"adjustment_limit": typed, "seen": "10000"}
    assert owning.post(path, sent).status_code == 302
    brand.refresh_from_db()
    assert brand.adjustment_limit == limit
    entry = AuditEntry.objects.get(action="brand.changed")
    assert entry.before == {"adjustment_limit": "100.00"}


@pytest.mark.parametrize("typed", ["", "x", "-1", "1,5", "9" * 40])
def test_a_limit_that_makes_no_sense_changes_nothing(owning, brand, typed):
    path = reverse("portal:adjustment-limit", args=[brand.slug])
    answer = owning.post(path, {"adjustment_limit": typed, "seen": "10000"})
    assert "look at the fields" in answer.text
    brand.refresh_from_db()
    assert brand.adjustment_limit == 100_00


def test_a_limit_that_somebody_else_has_just_set_is_not_overwritten(owning, brand):
    Brand.objects.update(adjustment_limit=7_00)
    path = reverse("portal:adjustment-limit", args=[brand.slug])
    answer = owning.post(path, {"adjustment_limit": "9", "seen": "10000"})
    assert "just set it to 7.00" in answer.text


def test_whom_the_limit_binds_does_not_set_it(trusted, brand):
    path = reverse("portal:adjustment-limit", args=[brand.slug])
    sent = {"adjustment_limit": "999999", "seen": "10000"}
    assert trusted.post(path, sent).status_code == 403
    assert path not in trusted.get(reverse("portal:adjustments", args=[brand.slug])).text
