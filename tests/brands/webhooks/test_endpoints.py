"""Endpoints: who may be told, and with which secret."""

from datetime import timedelta

import pytest

from brands import outgoing
from brands.models import AuditEntry, WebhookDelivery, WebhookEndpoint
from brands.outgoing import CannotResolve
from brands.services import webhooks
from tests.brands.webhooks.conftest import NOON, URL, add, public, tell


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_an_endpoint_gets_a_secret_of_its_own(brand, ann):
    one = add(brand, by=ann)
    two = add(brand, f"{URL}/2", by=ann)
    assert one.secret.startswith("whsec_")
    assert one.secret != two.secret
    assert one.secret.encode() not in bytes(one.endpoint.secret)
    assert webhooks.reveal_secret(endpoint=one.endpoint, by=ann, now=NOON) == one.secret
    assert actions() == ["webhook.added", "webhook.added", "webhook.secret_shown"]


@pytest.mark.parametrize("url", ["http://hooks.northwind.example/", "https://127.0.0.1/", "x"])
def test_an_address_that_we_do_not_call_is_refused(brand, url):
    with pytest.raises(webhooks.InvalidEndpoint) as refused:
        add(brand, url)
    assert refused.value.field == "url"
    assert not WebhookEndpoint.objects.exists()


def test_a_name_that_leads_inside_is_refused_when_it_is_saved(brand):
    with pytest.raises(webhooks.InvalidEndpoint, match="10.0.0.1"):  # noqa: RUF043
        add(brand, resolve=lambda _name, _seconds: ["10.0.0.1"])


def test_where_too_many_wait_for_strangers_a_name_is_looked_at_later(brand):
    def nobody(_name: str, _seconds: float) -> list[str]:
        raise AssertionError

    with outgoing.turn(), outgoing.turn():
        assert add(brand, resolve=nobody).endpoint.url == URL
        with pytest.raises(webhooks.InvalidEndpoint):
            add(brand, "https://127.0.0.1/", resolve=nobody)


def test_a_name_that_leads_nowhere_yet_is_accepted(brand):
    def nowhere(_name, _seconds):
        raise CannotResolve

    assert add(brand, resolve=nowhere).endpoint.pk


def test_a_brand_has_ten_endpoints_at_most_each_address_once(brand, other_brand):
    for n in range(10):
        add(brand, f"{URL}/{n}")
    with pytest.raises(webhooks.TooManyEndpoints):
        add(brand, f"{URL}/10")
    add(other_brand, f"{URL}/1")
    with pytest.raises(webhooks.EndpointListed):
        add(other_brand, f"{URL}/1")


@pytest.mark.parametrize("kinds", [[], ["wallet.credited", "no.such"]])
def test_an_endpoint_asks_for_something_that_exists(brand, kinds):
    with pytest.raises(webhooks.InvalidEndpoint) as refused:
        add(brand, kinds=kinds)
    assert refused.value.field == "kinds"


def test_tokens_in_an_address_are_not_in_the_audit_log(brand):
    endpoint = add(brand, f"{URL}?token=abc").endpoint
    change = {"url": f"{URL}/2?token=def", "kinds": endpoint.kinds, "tests": True}
    webhooks.change_endpoint(endpoint=endpoint, **change, by=None, now=NOON, resolve=public)
    for entry in AuditEntry.objects.all():
        assert "token" not in f"{entry.subject} {entry.before} {entry.after}"
    assert endpoint.url == f"{URL}/2?token=def"


def test_after_a_rotation_both_secrets_hold_for_a_day(endpoint):
    webhooks.rotate_secret(endpoint=endpoint, by=None, now=NOON)
    assert endpoint.former_until == NOON + timedelta(hours=24)
    with pytest.raises(webhooks.SecretRotating):
        webhooks.rotate_secret(endpoint=endpoint, by=None, now=NOON + timedelta(hours=23))
    webhooks.rotate_secret(endpoint=endpoint, by=None, now=NOON + timedelta(hours=24))


def test_an_endpoint_that_is_off_gets_nothing_until_it_is_on_again(endpoint):
    tell(endpoint)
    because = WebhookEndpoint.Disabled.BY_HAND
    assert webhooks.disable_endpoint(endpoint=endpoint, because=because, by=None, now=NOON)
    assert not webhooks.disable_endpoint(endpoint=endpoint, because=because, by=None, now=NOON)
    assert webhooks.hand_out(now=NOON) == []
    later = NOON + timedelta(hours=1)
    webhooks.enable_endpoint(endpoint=endpoint, by=None, now=later)
    assert endpoint.listening_since == later
    assert len(webhooks.hand_out(now=later)) == 1
    assert actions()[1:] == ["webhook.disabled", "webhook.enabled"]


def test_deleting_takes_along_what_was_sent(endpoint):
    tell(endpoint)
    webhooks.delete_endpoint(endpoint=endpoint, by=None, now=NOON)
    assert not WebhookEndpoint.objects.exists()
    assert not WebhookDelivery.objects.exists()
    assert actions()[-1] == "webhook.deleted"
