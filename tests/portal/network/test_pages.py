"""The operator's pages about the whole network."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry

from analytics.models import Alert, AlertLimits, LedgerCheck, OperatorHook
from analytics.queries.alert_limits import network_limits
from brands import services as brands
from brands.models import Brand, Role, User
from events import services as events
from tests.events.calls import report
from tests.sign_in import step_up
from wallets import services as wallets

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
HOSTILE = '<img src=x onerror=alert(1)>"\u202e'


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def operator(db) -> User:
    return User.objects.create_user("olga@network.example", "a long password", is_staff=True)


@pytest.fixture
def as_operator(client, operator):
    client.force_login(operator)
    step_up(client, operator)
    return client


def alert(brand, event_type=None, **more) -> Alert:
    kind = "pay" if event_type else "refusals"
    given = {
        "kind": kind,
        "brand": brand,
        "event_type": event_type,
        "opened_at": NOW - timedelta(minutes=10),
        "over_at": NOW,
        "measured": 1_234_56,
        "peak": 2_345_67,
        "usual": 100_00,
        "days": 28,
        "limit": 500_00,
    }
    return Alert.objects.create(**(given | more))


def told(answer) -> dict[str, str]:
    stats = [*answer.context["today"], *answer.context["stats"]]
    return {each.label: each.text for each in stats}


def test_totals_are_those_of_every_brand(as_operator, order, brand, other_brand):
    terms = events.Terms(amount=2_50)
    events.create_event_type(
        brand=other_brand, key="order", name="O", terms=terms, by=None, now=NOW
    )
    for n in range(3):
        report(brand, "order", f"p{n}@example.com", {"order_id": f"A-{n}"}, at=NOW)
    report(brand, "order", "p0@example.com", {"order_id": "A-0"}, at=NOW)
    report(brand, "order", "t@example.com", {"order_id": "T"}, at=NOW, test=True)
    report(other_brand, "order", "p0@example.com", at=NOW - timedelta(days=2))
    answer = as_operator.get("/network/?period=7d")
    said = told(answer)
    assert said["Events today"] == "4"
    assert said["Events"] == "5"
    assert said["Credited"] == "32.50"
    assert said["Refused"] == "20.0%"
    rows = {each.slug: each for each in answer.context["page"].rows}
    assert (rows["northwind"].events, rows["northwind"].owed) == (4, 30_00)
    assert (rows["fjell"].credited, rows["fjell"].refused) == (2_50, 0)
    assert rows["fjell"].last_at == NOW - timedelta(days=2)


def test_what_is_held_to_be_spent_is_owed_until_it_is_spent(as_operator, order, brand, other_brand):
    wallet = report(brand, "order", metadata={"order_id": "A"}, at=NOW).wallet
    held = wallets.reserve(
        brand=other_brand, wallet=wallet, amount=4_00, idempotency_key="1", now=NOW
    )

    def owed() -> int:
        rows = as_operator.get("/network/").context["page"].rows
        return next(each.owed for each in rows if each.slug == "northwind")

    assert owed() == 10_00
    wallets.capture(brand=other_brand, redemption=held.public_id, now=NOW)
    assert owed() == 6_00


@pytest.mark.parametrize("order_by", ["name", "events", "credited", "refused", "owed", "last"])
def test_brands_are_sorted_and_found(as_operator, brand, other_brand, order_by):
    for n in range(30):
        Brand.objects.create(name=f"Brand 100% {n:02}_{HOSTILE}", slug=f"brand-{n}")
    answer = as_operator.get("/network/", {"sort": order_by})
    assert len(answer.context["page"].rows) == 25
    assert answer.context["page"].total == 32
    assert HOSTILE not in answer.text
    assert len(as_operator.get(f"/network/?sort={order_by}&page=2").context["page"].rows) == 7
    found = as_operator.get("/network/", {"q": "0% 1", "sort": order_by}).context["page"]
    assert found.total == 10
    assert as_operator.get("/network/", {"q": "fjell"}).context["page"].total == 1
    assert "No brand has this" in as_operator.get("/network/", {"q": "_%_"}).text


@pytest.mark.parametrize(
    "query",
    [
        "sort=nothing&page=0",
        "page=99999999999999999999",
        "q=%00",
        "q=" + "W" * 3_000,
        "period=custom&first=x&last=2026-99-99",
        "page=9000",
    ],
)
def test_what_makes_no_sense_is_left_out(as_operator, brand, query):
    assert as_operator.get(f"/network/?{query}").status_code == 200


def test_an_empty_network_says_what_would_be_there(as_operator):
    answer = as_operator.get("/network/")
    assert "There is no brand here yet" in answer.text
    assert "counted here day by day" in answer.text


def test_health_says_how_every_part_is(as_operator, brand):
    answer = as_operator.get("/network/health/")
    for part in ("Database", "Migrations", "Redis", "Worker", "Beat", "Live"):
        assert part in answer.text
    assert "all is folded" in answer.text
    assert "No check has been run yet" in answer.text


def test_a_check_is_asked_for_once_and_shown_as_it_goes(as_operator, operator):
    for _ in range(2):
        answer = as_operator.post("/network/health/ledger/check/", follow=True)
    assert "under way already" in answer.text
    assert LedgerCheck.objects.get().asked_by == operator
    part = as_operator.get("/network/health/ledger/", headers={"HX-Request": "true"})
    assert 'hx-trigger="every 1s"' in part.text
    assert "Waits for the worker" in part.text
    findings = [{"check": "Sums", "count": 2, "sentences": [f"account 1 {HOSTILE}"]}]
    LedgerCheck.objects.update(state="failed", finished_at=NOW, wrong=2, findings=findings)
    part = as_operator.get("/network/health/ledger/", headers={"HX-Request": "true"})
    assert "hx-trigger" not in part.text
    assert "account 1 &lt;img" in part.text


@pytest.mark.parametrize("path", ["", "health/", "alerts/"])
def test_books_that_are_off_are_said_on_every_page(as_operator, path):
    assert "The books are off" not in as_operator.get(f"/network/{path}").text
    Alert.objects.create(kind="ledger", opened_at=NOW, over_at=NOW, measured=2, peak=2, limit=1)
    assert "<b>The books are off.</b>" in as_operator.get(f"/network/{path}").text


def test_alerts_of_all_brands_are_listed_with_their_figures(as_operator, brand, order):
    alert(brand, order)
    alert(brand, closed_at=NOW, measured=150, usual=None, days=2, limit=100)
    Brand.objects.update(name=HOSTILE)
    text = as_operator.get("/network/alerts/").text
    assert "1,234.56 RSNC in an hour, usual at this time of day: 100.00" in text
    assert "150 events refused in an hour, too new to have a usual" in text
    assert HOSTILE not in text


def limits(**more) -> dict[str, str]:
    given = {"pay_factor": "3.5", "pay_floor": "1000.00", "refusal_factor": "2"}
    return given | {"refusal_floor": "20", "mail": "on"} | more


def test_the_networks_limits_are_set_and_noted(as_operator, operator):
    answer = as_operator.post("/network/alerts/", limits(), follow=True)
    assert "Saved. It holds from the next minute on." in answer.text
    assert network_limits().pay_floor == 1000_00
    entry = LogEntry.objects.get()
    assert entry.user == operator
    assert "pay_floor: 500.00 to 1000.00" in entry.change_message
    assert "Nothing has changed" in as_operator.post("/network/alerts/", limits(), follow=True).text
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("pay_factor", "0.5"),
        ("pay_factor", "NaN"),
        ("pay_factor", "1e999"),
        ("pay_factor", "\0"),
        ("pay_factor", ""),
        ("pay_floor", "0"),
        ("pay_floor", "1,5"),
        ("pay_floor", "9" * 10_000),
        ("refusal_floor", "0"),
        ("refusal_floor", HOSTILE),
        ("refusal_factor", "101"),
    ],
)
def test_a_limit_that_makes_no_sense_is_said_at_its_field(as_operator, field, wrong):
    answer = as_operator.post("/network/alerts/", limits(**{field: wrong}))
    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {field}
    assert answer.context["form"][field].value() == wrong
    assert not LogEntry.objects.exists()


def test_the_operators_webhook_is_set_shown_renewed_and_removed(as_operator, settings):
    settings.RESONANCE_OUTGOING_INSECURE_HOSTS = ["127.0.0.1:9"]
    refused = as_operator.post("/network/alerts/webhook/", {"url": "https://127.0.0.1/"})
    assert "Write a name such as" in refused.text
    url = "http://127.0.0.1:9/hooks"
    as_operator.post("/network/alerts/webhook/", {"url": url, "action": "save"})
    assert OperatorHook.objects.get().url == url
    first, again, second = (
        as_operator.post("/network/alerts/webhook/", {"action": action}).context["secret"]
        for action in ("show", "show", "rotate")
    )
    assert first == again != second
    assert first.startswith("whsec_")
    assert first not in as_operator.get("/network/alerts/").text
    assert "looked at the secret" in as_operator.get("/network/alerts/").text
    assert "is told of no alert any more" in as_operator.get("/network/alerts/webhook/remove/").text
    as_operator.post("/network/alerts/webhook/remove/")
    assert not OperatorHook.objects.exists()


def test_a_secret_is_shown_to_who_has_just_proved_who_they_are(client, operator):
    client.force_login(operator)
    answer = client.post("/network/alerts/webhook/", {"action": "show"})
    assert "/reauthenticate/" in answer["Location"]


def test_the_menu_leads_there_for_operators_alone(as_ann, ann):
    assert "/network/" not in as_ann.get("/b/northwind/").text
    User.objects.filter(pk=ann.pk).update(is_staff=True)
    assert 'href="/network/"' in as_ann.get("/b/northwind/").text


def test_a_brand_sees_its_alerts_and_no_others(as_ann, brand, other_brand, order):
    alert(brand, order, closed_at=NOW)
    alert(other_brand, measured=987)
    text = as_ann.get("/b/northwind/alerts/").text
    assert "Order placed</bdi> pays far more than usual" in text
    # From an hour before it began until it was over, in Berlin.
    assert (
        "/b/northwind/log/?event_type=order&amp;status=rewarded&amp;since=2026-03-18T11%3A50"
        "&amp;until=2026-03-18T13%3A01" in text
    )
    assert "987" not in text


def test_a_brand_without_alerts_is_told_what_they_are(as_ann):
    assert "Nothing has been far from usual" in as_ann.get("/b/northwind/alerts/").text


def test_a_brand_sets_what_it_wants_and_leaves_the_rest_to_the_network(as_ann, brand):
    page = as_ann.get("/b/northwind/settings/alerts/").text
    assert "Empty: 500.00, as the network has it." in page
    sent = limits(pay_factor="", refusal_factor="", refusal_floor="")
    answer = as_ann.post("/b/northwind/settings/alerts/", sent, follow=True)
    assert "Saved." in answer.text
    row = AlertLimits.objects.get(brand=brand)
    assert (row.pay_factor, row.pay_floor, row.mail) == (None, 1000_00, True)
    entry = brand.audit_entries.get(action="alerts.changed")
    assert entry.after == {"alert_pay_floor": "1000.00"}
    assert "changed from when on alerts go off" in as_ann.get("/b/northwind/settings/audit/").text
    wrong = as_ann.post("/b/northwind/settings/alerts/", limits(pay_floor="x"))
    assert wrong.context["form"]["pay_floor"].errors
    assert 'value="x"' in wrong.text


def test_who_may_not_change_it_may_look(as_role, brand):
    client = as_role(Role.ANALYST)
    assert "4.0 times the usual" in client.get("/b/northwind/settings/alerts/").text
    assert client.post("/b/northwind/settings/alerts/", limits()).status_code == 403


def test_a_suspended_brand_is_shown_as_such(as_operator, brand):
    brands.suspend_brand(brand=brand, by=None, now=NOW)
    assert "suspended" in as_operator.get("/network/").text
