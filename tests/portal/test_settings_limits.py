"""Limits: whom the brand listens to, and what others may do."""

from datetime import timedelta

import pytest
from django.utils import timezone

from brands import services as brands
from brands.models import AuditEntry, Brand, Role, Trust
from events.queries.openness import events_by_trust
from tests.events.calls import report
from tests.portal.conftest import NOON

PAGE = "/b/northwind/settings/limits/"
SHOWN = {
    "least_trust": "open",
    "domain_required": "False",
    "quiet_answers": "False",
    "open_person_daily": "100.00",
    "open_brand_daily": "1000.00",
    "open_new_wallets_hourly": "20",
    "rate_brand": "6000",
    "rate_person": "120",
    "rate_address": "600",
}


def typed(**changes: str) -> dict[str, str]:
    boxes = {name for name, value in SHOWN.items() if value == "False"}
    filled = {name: value for name, value in SHOWN.items() if name not in boxes}
    return {**filled, **changes, **{f"initial-{name}": value for name, value in SHOWN.items()}}


def test_limits_are_changed_and_noted_as_they_are_shown(as_ann, brand):
    change = {"least_trust": "key", "domain_required": "on", "open_person_daily": "12.5", "rate_person": "60"}  # fmt: skip
    assert "It holds from the next call on." in as_ann.post(PAGE, typed(**change), follow=True).text
    brand.refresh_from_db()
    assert (brand.least_trust, brand.domain_required) == ("key", True)
    assert (brand.open_person_daily, brand.rate_person, brand.rate_brand) == (12_50, 60, 6_000)
    entry = AuditEntry.objects.get()
    assert entry.before == {
        "least_trust": "open",
        "domain_required": False,
        "open_person_daily": "100.00",
        "rate_person": 120,
    }
    assert entry.after["open_person_daily"] == "12.50"


def test_nothing_changed_is_nothing_noted(as_ann):
    assert "Nothing has changed." in as_ann.post(PAGE, typed(), follow=True).text
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("open_person_daily", "1,50", "no comma"),
        ("open_person_daily", "9" * 40, "at most two decimals"),
        ("open_person_daily", "-1", "at most two decimals"),
        ("open_person_daily", "1000.01", "more than all together"),
        ("open_person_daily", "", "Fill this in"),
        ("open_new_wallets_hourly", "-1", "0 or more"),
        ("open_new_wallets_hourly", "1.5", "whole number"),
        ("rate_brand", "0", "1 or more"),
        ("rate_brand", "9" * 30, "more than can be counted"),
        ("rate_person", "\u0661", None),
        ("rate_address", "<b>", "whole number"),
        ("least_trust", "blind", "valid choice"),
    ],
)
def test_a_mistake_is_marked_at_its_field(as_ann, brand, field, value, says):
    answer = as_ann.post(PAGE, typed(**{field: value}))
    if says is None:
        return
    assert answer.status_code == 200
    assert says in f"{answer.context['form'].errors[field]}"
    assert answer.context["form"][field].value() == value
    assert Brand.objects.get().rate_brand == 6_000


def test_two_who_change_the_same_limit_are_told(as_ann, brand):
    brands.change_brand(brand=brand, by=None, now=NOON, open_person_daily=50_00, rate_brand=7)
    answer = as_ann.post(PAGE, typed(open_person_daily="10.00", domain_required="on"))
    assert "Somebody else has changed this" in answer.text
    assert "50.00 RSNC" in answer.text
    assert 'name="initial-open_person_daily" value="50.00"' in answer.text
    brand.refresh_from_db()
    assert (brand.open_person_daily, brand.domain_required) == (50_00, False)


def test_what_a_higher_trust_would_refuse_is_said(as_ann, brand, order):
    now = timezone.now()
    for n in range(3):
        report(
            brand, trust=Trust.OPEN, address=f"p{n}@example.com", metadata={"order_id": n}, at=now
        )
    report(brand, trust=Trust.KEY, metadata={"order_id": "k"}, at=now)
    report(brand, trust=Trust.OPEN, metadata={"order_id": "old"}, at=now - timedelta(days=8))
    text = as_ann.get(PAGE).text
    assert "In the last 7 days 3 came with less" in text
    assert "In the last 7 days 4 came with less" in text
    assert "Open calls have earned 30.00 RSNC today." in text


def test_a_busy_brand_is_counted_by_its_newest_events(brand, order):
    for n in range(4):
        report(brand, trust=Trust.OPEN, metadata={"order_id": n}, at=NOON)
    counted = events_by_trust(brand_id=brand.pk, since=NOON, most=3)
    assert (counted.counted, counted.open, counted.whole) == (3, 3, False)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.DEVELOPER])
def test_others_look_and_may_not_change(as_role, brand, role):
    client = as_role(role)
    text = client.get(PAGE).text
    assert "1,000.00 RSNC" in text
    assert "<form" not in text
    assert client.post(PAGE, typed(rate_brand="1")).status_code == 403
