"""What is far from usual is found, said once an episode, and told to those whom it concerns."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from standardwebhooks import Webhook

from analytics import services
from analytics.models import Alert, AlertLimits, AlertNotice, OperatorHook
from analytics.queries.unusual import starts_of
from analytics.services import alert_limits, operator_hook, telling
from analytics.services.watching import QUIET, watch
from brands.models import AuditEntry, Brand, Membership, Role, User, WebhookDelivery
from brands.sealing import unseal
from brands.services import webhooks
from events.models import EventType
from tests.analytics.raw import select, utc, write
from tests.brands.outgoing.receiver import answer, receiving
from tests.events.calls import at_once, until_certain
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)

# 14:20 in Berlin, where the clock was changed eleven days before.
NOW = utc(2026, 4, 9, 12, 20)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Shop:
    """A brand with one event type, and what it paid and refused when."""

    def __init__(self, brand: Brand, *, since: datetime = NOW - 60 * DAY) -> None:
        Brand.objects.filter(pk=brand.pk).update(created_at=since)
        self.brand = brand
        self.type = EventType.objects.create(
            brand=brand, key="order", name="Order\nplaced", created_at=since
        )
        self.wallet = Wallet.objects.create(test=False).pk
        select("SELECT wallets_meet(%s, %s, false)::text", self.wallet, brand.pk)

    def pays(self, amount: int, at: datetime, *, test: bool = False) -> None:
        write([self.row("rewarded", amount, at, test=test)])

    def refuses(self, count: int, at: datetime) -> None:
        write([self.row("cooldown", 0, at) for _ in range(count)])

    def row(self, status: str, amount: int, at: datetime, *, test: bool = False) -> tuple:
        wallet = self.wallet
        if test:
            wallet = Wallet.objects.create(test=True).pk
            select("SELECT wallets_meet(%s, %s, true)::text", wallet, self.brand.pk)
        return (uuid4(), self.brand.pk, test, self.type.pk, wallet, status, "", amount, at, at)

    def always(self, amount: int, *, at: datetime = NOW - timedelta(minutes=25)) -> None:
        """So much at this time of every day by the brand's clock."""
        wall = at.astimezone(self.brand.zone).replace(tzinfo=None)
        for days in range(1, 29):
            self.pays(amount, (wall - days * DAY).replace(tzinfo=self.brand.zone))


@pytest.fixture
def shop(brand) -> Shop:
    return Shop(brand)


@pytest.fixture
def operator(db) -> User:
    return User.objects.create_user("olga@network.example", is_staff=True)


def fold() -> None:
    until_certain()
    while services.fold_news(now=NOW):
        pass


def the_alert() -> Alert:
    return Alert.objects.get()


def send_all(now: datetime = NOW) -> None:
    for notice in telling.waiting(now=now):
        telling.tell(notice_id=notice, now=now)


@pytest.mark.parametrize("folded", [True, False])
def test_a_spike_is_found_in_figures_and_in_what_is_not_folded_yet(shop, folded):
    shop.always(200_00)
    shop.pays(799_99, NOW - HOUR + timedelta(minutes=5))
    if folded:
        fold()
    assert watch(now=NOW).opened == 0
    shop.pays(1, NOW - timedelta(minutes=1))
    assert watch(now=NOW + timedelta(seconds=1)).opened == 1
    alert = the_alert()
    assert (alert.kind, alert.event_type, alert.brand) == ("pay", shop.type, shop.brand)
    assert (alert.measured, alert.usual, alert.days, alert.limit) == (800_00, 200_00, 28, 800_00)


def test_a_quiet_brand_raises_nothing(shop, other_brand):
    shop.pays(499_99, NOW - timedelta(minutes=5))
    shop.refuses(99, NOW - timedelta(minutes=5))
    shop.pays(100_000_00, NOW - HOUR - timedelta(minutes=1))
    shop.pays(100_000_00, NOW - timedelta(minutes=5), test=True)
    fold()
    assert watch(now=NOW).opened == 0


def test_a_busy_brand_as_busy_as_ever_raises_nothing(shop):
    shop.always(2_000_00)
    shop.pays(7_999_99, NOW - timedelta(minutes=5))
    fold()
    assert watch(now=NOW).opened == 0


def test_one_wild_day_before_does_not_make_another_one_usual(shop):
    shop.always(200_00)
    shop.pays(90_000_00, NOW - 3 * DAY - timedelta(minutes=25))
    shop.pays(900_00, NOW - timedelta(minutes=5))
    watch(now=NOW)
    assert the_alert().usual == 200_00


def test_a_new_event_type_has_a_floor_alone(brand):
    shop = Shop(brand, since=NOW - 3 * DAY)
    shop.always(400_00)
    shop.pays(500_00, NOW - timedelta(minutes=5))
    fold()
    watch(now=NOW)
    alert = the_alert()
    assert (alert.usual, alert.days, alert.limit) == (None, 2, 500_00)


def test_what_is_usual_by_day_is_not_by_night(shop):
    shop.always(400_00)
    night = utc(2026, 4, 9, 1, 20)
    shop.pays(600_00, night - timedelta(minutes=5))
    shop.pays(600_00, NOW - timedelta(minutes=5))
    fold()
    assert watch(now=night).opened == 1
    assert the_alert().usual == 0
    Alert.objects.all().delete()
    assert watch(now=NOW).opened == 0


def test_the_same_hour_is_the_one_on_the_brands_clock():
    starts = starts_of(NOW, ZoneInfo("Europe/Berlin"))
    assert len(starts) == 28
    assert starts[0] == utc(2026, 4, 8, 11, 15)
    # Before 29 March it was an hour later by UTC.
    assert starts[-1] == utc(2026, 3, 12, 12, 15)
    assert starts_of(NOW, ZoneInfo("Asia/Kathmandu"))[0] == utc(2026, 4, 8, 11, 15)


def test_far_more_refusals_than_usual_are_an_alert_of_the_brand(shop):
    shop.refuses(100, NOW - timedelta(minutes=5))
    fold()
    watch(now=NOW)
    alert = the_alert()
    assert (alert.kind, alert.event_type, alert.measured) == ("refusals", None, 100)


def test_an_episode_is_one_alert_until_it_has_been_quiet(shop):
    shop.pays(600_00, NOW)
    assert watch(now=NOW).opened == 1
    shop.pays(300_00, NOW + timedelta(minutes=20))
    for minute in range(1, 60):
        assert watch(now=NOW + timedelta(minutes=minute)).opened == 0
    assert the_alert().peak == 900_00
    over = the_alert().over_at
    # It falls under its limit and comes back: the same one.
    assert watch(now=over + QUIET - timedelta(minutes=1)).closed == 0
    shop.pays(700_00, over + QUIET)
    assert watch(now=over + QUIET).opened == 0
    end = the_alert().over_at + 2 * HOUR
    assert watch(now=end).closed == 1
    assert the_alert().closed_at == end
    shop.pays(700_00, end)
    assert watch(now=end + timedelta(minutes=1)).opened == 1


def test_detectors_at_once_open_one_alert_and_tell_once(shop, operator):
    shop.pays(600_00, NOW)
    watched = at_once([lambda: watch(now=NOW)] * 4)
    assert sum(each.opened for each in watched) == 1
    assert the_alert().notices.count() == 1
    calls = [lambda: telling.tell(notice_id=the_alert().notices.get().pk, now=NOW)] * 4
    assert sorted(at_once(calls)) == [False, False, False, True]
    assert len(mail.outbox) == 1


def test_the_operators_and_the_brands_owners_and_managers_get_one_letter_each(shop, ann, operator):
    dev, boss = (User.objects.create_user(f"{name}@northwind.example") for name in ("dev", "boss"))
    Membership.objects.create(user=dev, brand=shop.brand, role=Role.DEVELOPER)
    Membership.objects.create(user=boss, brand=shop.brand, role=Role.OWNER)
    User.objects.create_user("gone@network.example", is_staff=True, is_active=False)
    shop.pays(1_234_56, NOW)
    watch(now=NOW)
    send_all()
    send_all(NOW + HOUR)
    letters = {each.to[0]: each for each in mail.outbox}
    assert sorted(letters) == [ann.email, boss.email, operator.email]
    assert len(mail.outbox) == 3
    letter = letters[ann.email]
    assert letter.subject == "Northwind Roasters: Order placed pays far more than usual"
    assert "Order placed (order) credited 1,234.56 RSNC in the hour until 9 Apr 2026, 14:20" in (
        letter.body
    )
    assert "/b/northwind/alerts/" in letter.body
    assert "/network/alerts/" in letters[operator.email].body


def test_who_wants_no_mail_gets_none(shop, ann, operator):
    alert_limits.set_brand_limits(brand=shop.brand, by=ann, now=NOW, mail=False)
    shop.pays(600_00, NOW)
    watch(now=NOW)
    send_all()
    assert [each.to for each in mail.outbox] == [[operator.email]]


def test_a_mail_server_that_is_away_is_tried_again(shop, operator, monkeypatch, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 1
    shop.pays(600_00, NOW)
    watch(now=NOW)
    send_all()
    notice = AlertNotice.objects.get()
    assert (notice.attempts, notice.failure, notice.sent_at) == (1, "ConnectionRefusedError", None)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send_all(NOW + timedelta(minutes=2))
    notice.refresh_from_db()
    assert (notice.attempts, notice.failure) == (2, "")
    assert notice.sent_at == NOW + timedelta(minutes=2)


def test_the_operators_address_is_told_signed_when_it_begins_and_when_it_is_over(
    shop, operator, settings
):
    with receiving(answer("")) as receiver:
        settings.RESONANCE_OUTGOING_INSECURE_HOSTS = [receiver.host]
        hook = operator_hook.set_operator_hook(
            url=f"http://{receiver.host}/hooks", by=operator, now=NOW
        )
        shop.pays(600_00, NOW)
        watch(now=NOW)
        send_all()
        watch(now=NOW + 3 * HOUR)
        send_all(NOW + 3 * HOUR)
    secret = unseal(OperatorHook.objects.get().secret)
    told = []
    for request in receiver.requests:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")[1:]
        headers = {name.lower(): value for name, value in (line.split(": ") for line in lines)}
        signed = Webhook(secret).sign(headers["webhook-id"], at_of(headers), body.decode())
        assert headers["webhook-signature"] == signed
        told.append(json.loads(body))
    assert [each["type"] for each in told] == ["alert.opened", "alert.closed"]
    data = told[0]["data"]
    assert (data["event"], data["measured"], data["usual"]) == ("order", "600.00", "0.00")
    assert told[1]["data"]["alert_id"] == data["alert_id"] == the_alert().public_id
    hook.refresh_from_db()
    assert (hook.last_status, hook.last_failure) == (200, "")


def at_of(headers: dict[str, str]) -> datetime:
    return datetime.fromtimestamp(int(headers["webhook-timestamp"]), NOW.tzinfo)


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "https://localhost/", "https://10.0.0.1/"])
def test_the_operators_address_must_be_a_public_one(operator, url):
    with pytest.raises(webhooks.InvalidEndpoint):
        operator_hook.set_operator_hook(url=url, by=operator, now=NOW)
    assert not OperatorHook.objects.exists()


def test_the_brands_endpoints_that_ask_for_alerts_are_told(shop, operator):
    for kinds in (["alert.opened", "alert.closed"], ["wallet.credited"]):
        webhooks.add_endpoint(
            brand=shop.brand,
            url=f"https://{len(kinds)}.example.com/",
            kinds=kinds,
            tests=False,
            by=None,
            now=NOW - DAY,
            resolve=lambda _name, _seconds: ["8.8.8.8"],
        )
    shop.pays(600_00, NOW)
    watch(now=NOW)
    watch(now=NOW + 3 * HOUR)
    sent = WebhookDelivery.objects.select_related("message", "endpoint").order_by("pk")
    assert [each.message.kind for each in sent] == ["alert.opened", "alert.closed"]
    assert {each.endpoint.kinds[0] for each in sent} == {"alert.opened"}
    assert json.loads(sent[0].message.payload)["data"]["url"].endswith("/b/northwind/alerts/")


def test_a_brand_sets_limits_of_its_own_and_leaves_the_rest_to_the_network(shop, ann, operator):
    whole = {"pay_factor": Decimal("3.0"), "refusal_factor": Decimal("3.0"), "refusal_floor": 50}
    alert_limits.set_network_limits(by=operator, now=NOW, pay_floor=100_00, **whole)
    alert_limits.set_brand_limits(brand=shop.brand, by=ann, now=NOW, pay_floor=50_00)
    shop.pays(60_00, NOW)
    shop.refuses(50, NOW)
    watch(now=NOW)
    assert set(Alert.objects.values_list("kind", "limit")) == {("pay", 50_00), ("refusals", 50)}
    entry = AuditEntry.objects.get(action="alerts.changed")
    assert (entry.before, entry.after) == (
        {"alert_pay_floor": None},
        {"alert_pay_floor": "50.00"},
    )
    assert "pay_floor: 500.00 to 100.00" in LogEntry.objects.get().change_message


@pytest.mark.parametrize(
    "wrong",
    [
        {"pay_factor": Decimal("0.9")},
        {"pay_factor": Decimal(101)},
        {"pay_floor": 0},
        {"refusal_floor": -1},
        {"pay_floor": 10**18},
    ],
)
def test_limits_that_make_no_sense_are_refused(shop, ann, wrong):
    with pytest.raises(alert_limits.InvalidLimits):
        alert_limits.set_brand_limits(brand=shop.brand, by=ann, now=NOW, **wrong)
    assert not AlertLimits.objects.exists()
