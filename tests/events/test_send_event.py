"""manage.py send_event reports one event and says what became of it."""

import pytest
from django.core.management import CommandError, call_command

from brands.models import Brand
from events import services
from events.models import Event, UnmatchedEvent
from tests.events.calls import NOON


@pytest.fixture
def send(brand, capsys):
    """The command, with what it printed as a dictionary."""
    terms = services.Terms(amount=10_00, business_key="metadata.order_id")
    services.create_event_type(
        brand=brand, key="place_order", name="Order", terms=terms, by=None, now=NOON
    )

    def send(*more: str, **options: str) -> dict[str, str]:
        given = {"brand": "northwind", "event": "place_order", "email": "Ann@Example.com"}
        given |= {"metadata": '{"order_id": "A-1", "total": 89.990}'} | options
        named = [f"--{name}={value}" for name, value in given.items()]
        call_command("send_event", *named, *more)
        lines = capsys.readouterr().out.splitlines()
        return {line[:10].strip(): line[10:] for line in lines}

    return send


def test_an_event_is_recorded_and_its_credit_told(send):
    said = send()
    event = Event.objects.get()
    assert (event.trust, event.source, event.detail.address) == (
        "key",
        "operator",
        "ann@example.com",
    )
    assert f"{event.detail.metadata['total']}" == "89.990"
    assert said["status"] == "rewarded"
    assert said["credited"] == "10.00 RSNC"
    assert said["event"] == event.public_id
    assert said["wallet"].endswith("balance 10.00 RSNC, new")


def test_what_is_not_credited_says_why(send):
    send()
    assert send()["status"] == "duplicate"
    assert send(metadata="{}")["status"] == "no_reward (business_key_missing)"


def test_a_rehearsal_records_nothing(send):
    said = send("--dry-run")
    assert (said["status"], said["world"]) == ("rewarded", "live, nothing recorded")
    assert not Event.objects.exists()


def test_a_test_event_stays_in_the_test_world(send):
    assert send("--test")["world"] == "test"
    assert Event.objects.get().test


def test_the_same_key_gets_the_first_answer(send):
    first, again = send("--idempotency-key=k-1"), send("--idempotency-key=k-1")
    assert again.pop("replayed").startswith("yes")
    assert first == again
    with pytest.raises(CommandError, match="another event"):
        send("--idempotency-key=k-1", email="eve@example.com")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"brand": "nobody"}, "There is no brand “nobody”"),
        ({"event": "Place Order"}, "event: Use a-z"),
        ({"email": "ann@"}, "email: "),
        ({"email": "ann\udc80@example.com"}, "email: "),
        ({"metadata": "[]"}, "JSON object"),
        ({"metadata": "{"}, "metadata: The body is not JSON"),
        ({"metadata": '{"a": NaN}'}, "NaN is not JSON"),
        ({"metadata": '{"a": "\\u0000"}'}, "NUL"),
        ({"metadata": '{"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {}}}}}}}}}'}, "levels"),
        ({"event": "unheard_of"}, "There is no event type “unheard_of”"),
        ({"idempotency-key": "a b"}, "idempotency_key: "),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(send, options, sentence):
    with pytest.raises(CommandError, match=sentence) as caught:
        send(**options)
    assert caught.value.returncode == 1
    assert not Event.objects.exists()


def test_an_unknown_event_is_kept(send):
    with pytest.raises(CommandError):
        send(event="unheard_of")
    assert UnmatchedEvent.objects.get().address == "ann@example.com"


def test_a_suspended_brand_is_refused(send, brand):
    Brand.objects.filter(pk=brand.pk).update(status=Brand.Status.SUSPENDED)
    with pytest.raises(CommandError, match="not active"):
        send()


def test_configuration_that_changes_meanwhile_is_read_again(send, monkeypatch):
    receive, calls = services.receive, []

    def change_and_receive(**arguments):
        calls.append(arguments)
        if len(calls) < 3:
            raise services.ConfigurationChanged
        return receive(**arguments)

    monkeypatch.setattr(services, "receive", change_and_receive)
    assert send()["status"] == "rewarded"
    monkeypatch.setattr(services, "receive", _always_changed)
    with pytest.raises(CommandError, match="again"):
        send()


def _always_changed(**_: object) -> None:
    raise services.ConfigurationChanged
