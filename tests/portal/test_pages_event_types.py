"""Event types by form: what is refused, what is said back, and two people at once."""

from datetime import timedelta
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone

from brands.models import AuditEntry, Role
from events import services as events
from events.models import Cooldown, EventType, RuleVersion
from tests.events.calls import at_once, report
from tests.portal.conftest import NOON

NEW = {
    "name": "Review posted",
    "key": "post_review",
    "reward": "5.00",
    "cooldown": "ROLLING",
    "cooldown_length": "24",
    "cooldown_unit": "hour",
    "business_key": "",
    "person_daily_cap": "20",
}


def page_of(name, brand, *args):
    return reverse(f"portal:{name}", args=[brand.slug, *args])


def edited(order: EventType, **changes: str) -> dict[str, str]:
    form = {
        "name": order.name,
        "version": "1",
        "reward": "10.00",
        "cooldown": "NONE",
        "cooldown_length": "",
        "cooldown_unit": "hour",
        "business_key": "metadata.order_id",
        "person_daily_cap": "",
    }
    return form | changes


def test_an_empty_list_says_what_to_do_next(as_ann, brand):
    page = as_ann.get(page_of("event-types", brand))
    assert "Nothing earns yet" in page.text
    assert page_of("add-event-type", brand) in page.text


def test_a_new_event_type_is_on_with_its_rule(as_ann, ann, brand):
    page = as_ann.post(page_of("add-event-type", brand), NEW, follow=True)
    assert "Review posted is on" in page.text
    version = RuleVersion.objects.get(rule__event_type__key="post_review")
    assert (version.amount, version.person_daily_cap) == (5_00, 20_00)
    assert (version.cooldown, version.cooldown_seconds) == (Cooldown.ROLLING, 86_400)
    assert version.published_by == ann
    assert "once every <b>24 hours</b> per person" in page.text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("reward", "5,00", "with a point and no comma"),
        ("reward", "1,000.00", "with a point and no comma"),
        ("reward", "5.001", "at most two decimals"),
        ("reward", "0", "between 0.01 and"),
        ("reward", "-1", "at most two decimals"),
        ("reward", "1e3", "at most two decimals"),
        ("reward", "\uff15", "at most two decimals"),
        ("reward", "1000000.01", "between 0.01 and"),
        ("reward", "", "Fill this in"),
        ("person_daily_cap", "4.99", "would never pay"),
        ("cooldown_length", "", "Say how long"),
        ("cooldown_length", "0", "1 or more"),
        ("cooldown_length", "1.5", "whole number"),
        ("cooldown_length", "9601", "400 days at most"),
        ("cooldown_length", "9" * 40, "400 days at most"),
        ("cooldown", "SOMETIMES", "valid choice"),
        ("business_key", "order_id", "begins with metadata"),
        ("business_key", "metadata.a b", "begins with metadata"),
        ("key", "Post Review", "Use a-z"),
        ("key", "x" * 65, "at most 64"),
        ("name", "", "Fill this in"),
        ("name", "a\0b", "Null characters"),
    ],
)
def test_what_makes_no_sense_is_explained_at_its_field(as_ann, brand, field, value, sentence):
    page = as_ann.post(page_of("add-event-type", brand), NEW | {field: value})
    assert page.status_code == 200
    errors = page.context["form"].errors
    assert list(errors) == [field]
    assert sentence in errors[field][0]
    assert f'id="id_{field}_error"' in page.text
    assert "24" in page.text or field == "cooldown_length"
    assert not EventType.objects.exists()


def test_a_key_that_is_taken_is_explained(as_ann, brand, order):
    page = as_ann.post(page_of("add-event-type", brand), NEW | {"key": "order"})
    assert "There is an event type with this key already." in page.text


def test_a_length_left_behind_does_not_stand_in_the_way(as_ann, brand):
    form = NEW | {"cooldown": "DAY", "cooldown_length": "nonsense"}
    as_ann.post(page_of("add-event-type", brand), form)
    assert RuleVersion.objects.get().cooldown_seconds is None


def test_editing_shows_what_is_in_force(as_ann, brand, order):
    page = as_ann.get(page_of("edit-event-type", brand, order.pk))
    assert 'value="10.00"' in page.text
    assert "Pays <b>10.00 RSNC</b> once per" in page.text
    assert "Version 1" in page.text


def test_publishing_makes_a_version_and_says_so(as_ann, ann, brand, order):
    address = page_of("edit-event-type", brand, order.pk)
    page = as_ann.post(address, edited(order, reward="12.5"), follow=True)
    assert "Version 2 is published." in page.text
    newest = RuleVersion.objects.get(number=2)
    assert (newest.amount, newest.published_by) == (12_50, ann)


def test_publishing_the_same_again_changes_nothing(as_ann, brand, order):
    address = page_of("edit-event-type", brand, order.pk)
    page = as_ann.post(address, edited(order), follow=True)
    assert "Nothing has changed: version 1 stays in force." in page.text
    assert RuleVersion.objects.count() == 1


def test_a_new_name_makes_no_version(as_ann, brand, order):
    address = page_of("edit-event-type", brand, order.pk)
    page = as_ann.post(address, edited(order, name="Bought something"), follow=True)
    assert "It is called Bought something now." in page.text
    assert RuleVersion.objects.count() == 1


def test_publishing_over_a_newer_version_is_refused_and_loses_nothing(as_ann, ann, brand, order):
    rule = order.rules.get()
    events.publish(rule=rule, terms=events.Terms(amount=30_00), by=ann, now=NOON)
    address = page_of("edit-event-type", brand, order.pk)
    page = as_ann.post(address, edited(order, reward="11.00", name="Mine"))
    assert "Version 2 was published while you were editing" in page.text
    assert "30.00 RSNC" in page.text
    assert 'value="11.00"' in page.text
    assert 'value="Mine"' in page.text
    assert RuleVersion.objects.count() == 2
    # Meant, it is published on top.
    again = edited(order, reward="11.00") | {
        "version": str(page.context["form"]["version"].value())
    }
    as_ann.post(address, again)
    assert rule.versions.latest("number").amount == 11_00
    assert rule.versions.latest("number").number == 3


def test_the_rule_is_said_back_while_it_is_typed(as_ann, brand):
    page = as_ann.post(page_of("preview-event-type", brand), NEW, headers={"HX-Request": "true"})
    assert "Pays <b>5.00 RSNC</b> once every <b>24 hours</b> per person" in page.text
    assert "<html" not in page.text


def test_half_a_rule_is_said_back_as_what_is_missing(as_ann, brand):
    page = as_ann.post(page_of("preview-event-type", brand), NEW | {"reward": "5,"})
    assert "Not a rule yet." in page.text
    assert "no comma" in page.text


def test_without_javascript_a_button_says_it_back(as_ann, brand):
    page = as_ann.post(page_of("add-event-type", brand), NEW | {"action": "preview"})
    assert "Pays <b>5.00 RSNC</b>" in page.text
    assert not EventType.objects.exists()


def test_switching_off_asks_first_and_can_be_undone(as_ann, brand, order):
    address = page_of("switch-event-type", brand, order.pk)
    assert "pays nothing" in as_ann.get(address).text
    order.refresh_from_db()
    assert order.active
    page = as_ann.post(address, {"active": "0"}, follow=True)
    assert "Order placed is switched off." in page.text
    order.refresh_from_db()
    assert not order.active
    as_ann.post(address, {"active": "1"})
    order.refresh_from_db()
    assert order.active


def test_the_question_comes_alone_for_a_dialog(as_ann, brand, order):
    address = page_of("switch-event-type", brand, order.pk)
    part = as_ann.get(address, headers={"HX-Request": "true"})
    assert "Switch off" in part.text
    assert "<html" not in part.text


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.ANALYST])
def test_who_may_only_read_sees_no_buttons(as_role, brand, order, role):
    page = as_role(role).get(page_of("event-types", brand))
    assert "Order placed" in page.text
    assert "New event type" not in page.text
    assert "Switch off" not in page.text


def test_another_brands_event_type_is_not_there(as_ann, brand, other_brand):
    theirs = events.create_event_type(
        brand=other_brand, key="k", name="N", terms=events.Terms(amount=1), by=None, now=NOON
    )
    for name in ("edit-event-type", "switch-event-type"):
        assert as_ann.get(page_of(name, brand, theirs.pk)).status_code == 404
        assert as_ann.post(page_of(name, brand, theirs.pk), {"active": "0"}).status_code == 404


def in_order(brand):
    return list(brand.event_types.order_by("position", "pk").values_list("key", flat=True))


def types(brand, *keys):
    terms = events.Terms(amount=1_00)
    return [
        events.create_event_type(brand=brand, key=key, name=key, terms=terms, by=None, now=NOON)
        for key in keys
    ]


def test_the_list_says_what_was_earned_this_week(as_ann, brand, order):
    now = timezone.now()
    for n in range(2):
        report(brand, metadata={"order_id": n}, at=now)
    report(brand, metadata={"order_id": 9}, at=now - timedelta(days=8))
    report(brand, metadata={"order_id": 8}, at=now, test=True)
    page = as_ann.get(page_of("event-types", brand))
    assert "20.00" in page.text
    assert "2 events" in page.text


def test_an_empty_list_offers_templates(as_ann, brand):
    page = as_ann.get(page_of("event-types", brand))
    for template in events.TEMPLATES.values():
        assert f"?template={template.key}" in page.text


def test_the_order_is_changed_place_by_place(as_ann, brand):
    one, _, three = types(brand, "one", "two", "three")
    as_ann.post(page_of("move-event-type", brand, three.pk), {"direction": "up"})
    assert in_order(brand) == ["one", "three", "two"]
    page = as_ann.post(page_of("move-event-type", brand, one.pk), {"direction": "up"}, follow=True)
    assert "one is number 1 now." in page.text
    as_ann.post(page_of("move-event-type", brand, one.pk), {"direction": "down"})
    assert in_order(brand) == ["three", "one", "two"]
    entry = AuditEntry.objects.filter(action="event_types.reordered").latest("pk")
    assert (entry.subject, entry.before, entry.after) == ("one", {"place": 1}, {"place": 2})


def test_moved_in_place_the_rows_come_alone_and_it_is_said(as_ann, brand):
    _, two = types(brand, "one", "two")
    part = as_ann.post(
        page_of("move-event-type", brand, two.pk),
        {"direction": "up"},
        headers={"HX-Request": "true"},
    )
    assert "<html" not in part.text
    assert part.text.index("two") < part.text.index("one")
    assert "two is number 1 now." in part["HX-Trigger"]


@pytest.mark.django_db(transaction=True)
def test_many_who_move_at_once_leave_an_order(brand):
    moved = types(brand, *"abcdef")
    up = partial(events.move_event_type, up=True, by=None, now=NOON)
    at_once([partial(up, event_type=each) for each in moved[2:]])
    assert sorted(in_order(brand)) == list("abcdef")
    assert sorted(brand.event_types.values_list("position", flat=True)) == list(range(6))


def test_a_template_fills_the_form(as_ann, brand):
    page = as_ann.get(page_of("add-event-type", brand), {"template": "post_review"})
    assert 'value="post_review"' in page.text
    assert 'value="5.00"' in page.text
    assert "Pays <b>5.00 RSNC</b> once every <b>24 hours</b> per person" in page.text


def test_a_template_that_there_is_not_begins_from_nothing(as_ann, brand):
    for query in ({"template": "no\0ne"}, {"template": "x" * 10_000}, {"key": "Not a key"}):
        page = as_ann.get(page_of("add-event-type", brand), query)
        assert page.status_code == 200
        assert "Fill in the rule" in page.text


def test_a_name_that_was_posted_begins_a_form(as_ann, brand):
    page = as_ann.get(page_of("add-event-type", brand), {"key": "friend_invited.v2"})
    assert 'value="Friend invited v2"' in page.text
    assert 'value="friend_invited.v2"' in page.text
    known = as_ann.get(page_of("add-event-type", brand), {"key": "signup"})
    assert 'value="25.00"' in known.text


def test_what_was_missed_under_a_key_is_said_as_it_is_typed(as_ann, brand):
    for n in range(2):
        with pytest.raises(events.UnknownEvent):
            report(brand, "post_review", metadata={"n": n})
    page = as_ann.post(page_of("preview-event-type", brand), NEW)
    assert "2 events of this name came in the last 30 days" in page.text
    made = as_ann.post(page_of("add-event-type", brand), NEW)
    assert made["Location"].endswith("/replay/")


def test_who_may_report_it_is_chosen(as_ann, brand, order):
    as_ann.post(page_of("add-event-type", brand), NEW | {"least_trust": "signed"})
    assert EventType.objects.get(key="post_review").least_trust == "signed"
    address = page_of("edit-event-type", brand, order.pk)
    page = as_ann.post(address, edited(order, least_trust="key"), follow=True)
    assert "Accepted from now on: callers with a secret key" in page.text
    order.refresh_from_db()
    assert order.least_trust == "key"
    page = as_ann.post(address, edited(order, least_trust="nobody"))
    assert "valid choice" in page.context["form"].errors["least_trust"][0]


def test_published_in_place_the_form_comes_back_alone(as_ann, brand, order):
    address = page_of("edit-event-type", brand, order.pk)
    part = as_ann.post(
        address, edited(order, reward="12.5", name="Bought"), headers={"HX-Request": "true"}
    )
    assert "<html" not in part.text
    assert 'name="version" value="2"' in part.text
    assert 'value="12.50"' in part.text
    assert "Version 2</b></a>, in force" in part.text
    assert 'hx-swap-oob="true"><bdi>Bought</bdi>' in part.text
    assert "Version 2 is published." in part["HX-Trigger"]
    assert "It is called Bought now." in part["HX-Trigger"]


def test_what_is_done_is_noted(as_ann, ann, brand):
    as_ann.post(page_of("add-event-type", brand), NEW)
    review = EventType.objects.get()
    form = edited(review, reward="6.00", name="Reviewed", business_key="")
    as_ann.post(page_of("edit-event-type", brand, review.pk), form)
    as_ann.post(page_of("switch-event-type", brand, review.pk), {"active": "0"})
    noted = {entry.action: entry for entry in AuditEntry.objects.all()}
    assert set(noted) == {
        "event_type.created",
        "rule.published",
        "event_type.renamed",
        "event_type.switched",
    }
    assert {entry.by for entry in noted.values()} == {ann}
    published = noted["rule.published"]
    assert published.before["cooldown"] == "Rolling, 86400 seconds"
    assert (published.before["reward"], published.after["reward"]) == ("5.00", "6.00")
    assert noted["event_type.switched"].after == {"active": False}


@pytest.fixture
def third(ann, order):
    """The order's rule, at its third version."""
    rule = order.rules.get()
    for n in (2, 3):
        terms = events.Terms(amount=n * 10_00, business_key="metadata.order_id")
        events.publish(rule=rule, terms=terms, by=ann, now=NOON + timedelta(days=n))
    return rule


def test_two_versions_are_compared_field_by_field(as_ann, brand, order, third):
    page = as_ann.get(page_of("versions", brand, order.pk), {"from": "1", "to": "3"})
    changed = [field for field in page.context["compared"] if field.differs]
    assert [(each.field, each.before, each.after) for each in changed] == [
        ("Reward", "10.00 RSNC", "30.00 RSNC")
    ]
    lately = as_ann.get(page_of("versions", brand, order.pk))
    assert (lately.context["older"].number, lately.context["newer"].number) == (2, 3)
    assert (
        as_ann.get(page_of("versions", brand, order.pk), {"from": "9" * 5000, "to": "\0"})
        .context["newer"]
        .number
        == 3
    )


def test_a_version_says_what_it_did(as_ann, brand, order, third):
    at = NOON + timedelta(days=3)
    for n in (1, 1, 2):
        report(brand, metadata={"order_id": n}, at=at)
    report(brand, metadata={"order_id": 3}, at=at, test=True)
    page = as_ann.get(page_of("version", brand, order.pk, 3))
    figures = page.context["figures"]
    assert (figures.judged, figures.rewarded, figures.paid) == (3, 2, 60_00)
    assert figures.until is None
    older = as_ann.get(page_of("version", brand, order.pk, 1)).context["figures"]
    assert (older.judged, older.until) == (0, NOON + timedelta(days=2))
    assert as_ann.get(page_of("version", brand, order.pk, 4)).status_code == 404
    assert as_ann.get(page_of("version", brand, order.pk, 10**30)).status_code == 404


def test_an_older_version_is_used_again_as_a_new_one(as_ann, brand, order, third):
    address = page_of("edit-event-type", brand, order.pk)
    page = as_ann.get(address, {"version": "1"})
    assert "These are the terms of version 1." in page.text
    assert 'value="10.00"' in page.text
    assert third.versions.count() == 3
    as_ann.post(address, edited(order) | {"version": "3"})
    assert third.versions.latest("number").number == 4
    assert third.versions.latest("number").amount == 10_00
    for nonsense in ("9" * 40, "-1", "x", "\u0663"):
        assert as_ann.get(address, {"version": nonsense}).status_code == 200
