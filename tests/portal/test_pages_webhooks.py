"""The pages of outgoing webhooks, by their forms alone: no JavaScript."""

import html
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from brands.models import AuditEntry, Role, WebhookDelivery, WebhookEndpoint
from brands.outgoing import Failure, Reply
from brands.services import webhooks
from brands.services.webhooks import News
from tests.brands.webhooks.conftest import add, attempt, next_attempt, tell
from tests.sign_in import step_up

URL = "http://127.0.0.1:9000/hooks"
HOSTILE = "<script>alert(1)</script>\u202egnp.exe\U0001f480" + "x" * 5_000
State = WebhookDelivery.State


@pytest.fixture(autouse=True)
def receiver_here(settings):
    settings.RESONANCE_OUTGOING_INSECURE_HOSTS = ["127.0.0.1:9000"]
    # Nobody is asked: a name is refused or accepted by its looks.
    settings.RESONANCE_DNS_SERVERS = ["127.0.0.1:1"]


@pytest.fixture
def endpoint(brand, ann):
    return add(brand, URL, by=ann, now=timezone.now()).endpoint


@pytest.fixture
def address(brand):
    def of(name, *about):
        return reverse(f"portal:{name}", args=[brand.slug, *about])

    return of


def form(**changed):
    return {"url": URL, "kinds": ["wallet.credited"]} | changed


def test_an_endpoint_is_added_and_listed(as_ann, brand, address):
    assert "Nobody is told yet" in as_ann.get(address("webhooks")).text
    answer = as_ann.post(address("add-webhook"), form(tests="on"), follow=True)
    endpoint = WebhookEndpoint.objects.get()
    assert answer.redirect_chain == [(address("webhook", endpoint.pk), 302)]
    assert (endpoint.url, endpoint.kinds, endpoint.tests) == (URL, ["wallet.credited"], True)
    assert endpoint.brand == brand
    assert "Nothing was sent yet" in answer.text
    assert URL in as_ann.get(address("webhooks")).text
    assert AuditEntry.objects.filter(action="webhook.added", by__isnull=False).exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"url": ""}, "Write the address of your receiver."),
        ({"url": "http://shop.example.com/"}, "must begin with https://"),
        ({"url": "https://10.0.0.1/"}, "not an IP address"),
        ({"url": "https://user:pw@shop.example.com/"}, "Leave user name and password out"),
        ({"url": "https://shop.example.com:22/"}, "Only the ports 443 and 8443"),
        ({"url": "https://localhost/"}, "not a name of the public internet"),
        ({"url": "https://shop.example.com/" + "a" * 10_000}, "at most 2000 characters"),
        ({"url": "https://shop.example.com/\0"}, "Null characters are not allowed"),
        ({"url": "https://shop.example.com/\u202e"}, "percent-encoded"),
        ({"url": HOSTILE}, "2000 characters"),
        ({"kinds": []}, "Choose at least one"),
        ({"kinds": ["no.such"]}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_is_explained_and_nothing_that_was_typed_is_lost(
    as_ann, address, changed, sentence
):
    answer = as_ann.post(address("add-webhook"), form(**changed))
    assert answer.status_code == 200
    assert sentence in html.unescape(answer.text)
    assert not WebhookEndpoint.objects.exists()
    if "kinds" not in changed:
        assert 'value="wallet.credited"' in answer.text
        assert "checked" in answer.text
    elif "url" not in changed:
        assert URL in answer.text


def test_a_name_that_nobody_knows_yet_is_accepted(as_ann, address):
    as_ann.post(address("add-webhook"), form(url="https://new.example.com/"))
    assert WebhookEndpoint.objects.get().url == "https://new.example.com/"


def test_an_eleventh_endpoint_and_a_second_of_one_address_are_refused(as_ann, brand, address):
    for n in range(9):
        add(brand, f"{URL}/{n}")
    answer = as_ann.post(address("add-webhook"), form(url=f"{URL}/3"))
    assert "There is an endpoint with this address already." in answer.text
    add(brand, f"{URL}/9")
    assert "at most 10 endpoints" in as_ann.post(address("add-webhook"), form()).text


def test_an_endpoint_is_changed(as_ann, endpoint, address):
    page = address("edit-webhook", endpoint.pk)
    assert URL in as_ann.get(page).text
    as_ann.post(page, form(url=f"{URL}/2", kinds=["event.refused"]))
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.kinds) == (f"{URL}/2", ["event.refused"])


def test_the_secret_is_shown_in_the_answer_to_a_form_alone(as_ann, ann, endpoint, address):
    page = address("webhook-secret", endpoint.pk)
    step_up(as_ann, ann)
    secret = webhooks.reveal_secret(endpoint=endpoint, by=None, now=timezone.now())
    assert secret not in html.unescape(as_ann.get(page).text)
    shown = as_ann.post(page, {"action": "show"})
    assert secret in html.unescape(shown.text)
    assert "no-store" in shown["Cache-Control"]
    rotated = as_ann.post(page, {"action": "rotate"})
    assert secret not in html.unescape(rotated.text)
    assert "signed with the former secret as well" in rotated.text
    assert "Two secrets sign already" in as_ann.post(page, {"action": "rotate"}).text
    done = AuditEntry.objects.filter(by=ann).order_by("pk").values_list("action", flat=True)
    assert list(done) == ["webhook.added", "webhook.secret_shown", "webhook.rotated"]


def test_an_endpoint_is_switched_off_and_on(as_ann, endpoint, address):
    page = address("switch-webhook", endpoint.pk)
    assert "Switch off" in as_ann.get(page).text
    off = as_ann.post(page, {"on": "0"}, follow=True)
    assert "It is off" in off.text
    endpoint.refresh_from_db()
    assert endpoint.disabled_because == "BY_HAND"
    as_ann.post(page, {"on": "1"})
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is None


def test_an_endpoint_is_deleted_once_that_is_confirmed(as_ann, endpoint, address):
    page = address("delete-webhook", endpoint.pk)
    assert "This cannot be undone" in as_ann.get(page).text
    assert WebhookEndpoint.objects.exists()
    as_ann.post(page)
    assert not WebhookEndpoint.objects.exists()
    assert as_ann.get(address("webhook", endpoint.pk)).status_code == 404


def test_a_ping_says_what_came_back(as_ann, endpoint, address):
    answer = as_ann.post(address("ping-webhook", endpoint.pk), follow=True)
    delivery = WebhookDelivery.objects.get()
    page = address("webhook-delivery", endpoint.pk, delivery.pk)
    assert answer.redirect_chain == [(page, 302)]
    assert "Being sent" in answer.text
    assert 'hx-trigger="every 1s"' in answer.text
    handed = webhooks.Handed(delivery.pk, delivery.claim)
    attempt(handed, 200, now=timezone.now(), body=b"pong")
    part = as_ann.get(page, headers={"HX-Request": "true"}).text
    assert "pong" in part
    assert "every 1s" not in part
    assert "<html" not in part


def test_whoever_has_looked_for_long_enough_is_told_to_load_the_page(as_ann, endpoint, address):
    handed = webhooks.ping(endpoint=endpoint, now=timezone.now())
    page = address("webhook-delivery", endpoint.pk, handed.delivery_id)
    part = as_ann.get(f"{page}?looks=40").text
    assert "every 1s" not in part
    assert "Load the page again" in part


def test_what_a_receiver_answers_is_shown_and_never_run(as_ann, endpoint, address):
    delivery = tell(endpoint, "evt_" + "0" * 32, timezone.now())
    next_attempt(
        500,
        now=timezone.now(),
        body=HOSTILE.encode() + b"\0",
        headers={"content-type": HOSTILE[:400]},
        detail=HOSTILE[:200],
    )
    page = as_ann.get(address("webhook-delivery", endpoint.pk, delivery.pk)).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "webhook-signature: v1," in page
    assert "Attempt 1" in page
    assert "retrying" in page


def test_a_developer_sees_people_masked_in_what_went_out_and_in_what_came_back(
    as_role, brand, endpoint, address
):
    now = timezone.now()
    news = News("wallet.credited", "evt_1", now, {"email": "ann.smith@example.com"}, [endpoint.pk])
    webhooks.queue(brand_id=brand.pk, news=[news], now=now)
    body, headers = b"thanks, ann.smith@example.com", {"location": "/?who=ann.smith@example.com"}
    attempt(webhooks.hand_out(now=now)[0], 302, now=now, body=body, headers=headers)
    dev = as_role(Role.DEVELOPER)
    page = dev.get(address("webhook-delivery", endpoint.pk, WebhookDelivery.objects.get().pk)).text
    assert "ann.smith" not in page
    assert "thanks, an" in page


@pytest.mark.parametrize("failure", Failure)
def test_why_nothing_came_back_is_said(as_ann, endpoint, address, failure):
    delivery = tell(endpoint, now=timezone.now())
    next_attempt(None, now=timezone.now(), failure=failure)
    page = as_ann.get(address("webhook-delivery", endpoint.pk, delivery.pk)).text
    sentences = {
        "refused": "the address is refused",
        "name": "leads nowhere",
        "connect": "No connection",
        "certificate": "not trusted",
        "timeout": "within 15 seconds",
        "broken": "broke off",
    }
    assert sentences[failure] in page


def test_one_delivery_is_sent_again(as_ann, endpoint, address):
    delivery = tell(endpoint, now=timezone.now())
    next_attempt(200, now=timezone.now())
    page = address("resend-webhook", endpoint.pk, delivery.pk)
    assert "once more, now" in as_ann.get(page).text
    answer = as_ann.post(page, follow=True)
    assert "Being sent" in answer.text
    delivery.refresh_from_db()
    assert delivery.state == State.WAITING
    assert AuditEntry.objects.filter(action="webhook.resent").exists()


def test_failures_are_counted_then_sent_again_with_their_progress(as_ann, endpoint, address):
    now = timezone.now()
    for n in range(3):
        delivery = tell(endpoint, f"evt_{n}", now - timedelta(hours=n))
        delivery.state, delivery.next_attempt_at, delivery.finished_at = State.DEAD, None, now
        delivery.save()
    page = address("replay-webhook", endpoint.pk)
    here = (now - timedelta(hours=1, minutes=30)).astimezone(endpoint.brand.zone)
    since = f"{here:%Y-%m-%dT%H:%M}"
    assert "Send 2 messages again?" in as_ann.get(page, {"since": since}).text
    assert not WebhookDelivery.objects.filter(state=State.WAITING).exists()
    answer = as_ann.post(page, {"since": since}, follow=True)
    assert "0 of 2 tried again" in answer.text
    progress = address("webhook-progress", endpoint.pk)
    assert "every 1s" in as_ann.get(progress).text
    for delivery in WebhookDelivery.objects.filter(state=State.WAITING):
        webhooks.deliver(
            delivery_id=delivery.pk,
            claim=delivery.claim,
            now=timezone.now(),
            send=lambda *_, **__: Reply(200),
        )
    done = as_ann.get(progress).text
    assert "2 of 2 tried again" in done
    assert "every 1s" not in done


@pytest.mark.parametrize(
    ("since", "sentence"),
    [
        ("", "Say since when."),
        ("yesterday", "Write a date and a time"),
        ("0001-01-01T00:00", "Write a date of this century."),
        ("9999-12-31T23:59", "Write a date of this century."),
        ("8000-01-01T00:00", "That is in the future"),
        ("\0", "Write a date and a time"),
    ],
)
def test_a_moment_that_makes_no_sense_is_explained(as_ann, endpoint, address, since, sentence):
    for send in (as_ann.get, as_ann.post):
        answer = send(address("replay-webhook", endpoint.pk), {"since": since})
        assert answer.status_code == 200
        assert sentence in html.unescape(answer.text)


@pytest.mark.parametrize(
    "query", ["show=no", "before=x", "before=-1", "before=" + "9" * 30, "before=0", "looks=x"]
)
def test_odd_addresses_show_the_page(as_ann, endpoint, address, query):
    tell(endpoint)
    assert as_ann.get(f"{address('webhook', endpoint.pk)}?{query}").status_code == 200


def test_deliveries_come_in_pages_and_by_their_state(as_ann, endpoint, address):
    now = timezone.now()
    for n in range(30):
        tell(endpoint, f"evt_n{n:02}", now)
    for handed in webhooks.hand_out(now=now)[:2]:
        attempt(handed, 500, now=now)
    page = address("webhook", endpoint.pk)
    first = as_ann.get(page).text
    assert "evt_n29" in first
    assert "evt_n04" not in first
    older = html.unescape(first.split('class="button older" href="')[1].split('"')[0])
    assert "evt_n04" in as_ann.get(older).text
    failed = as_ann.get(f"{page}?show=failed").text
    assert "evt_n00" in failed
    assert "evt_n02" not in failed
    assert "failing" in failed


@pytest.mark.parametrize("rows", [1, 9])
def test_the_number_of_queries_does_not_grow(
    as_ann, brand, address, django_assert_num_queries, rows
):
    now = timezone.now()
    for n in range(rows):
        endpoint = add(brand, f"{URL}/{n}", now=now).endpoint
    for n in range(rows):
        tell(endpoint, f"evt_{n}", now)
    with django_assert_num_queries(5):
        as_ann.get(address("webhooks"))
    with django_assert_num_queries(8):
        as_ann.get(address("webhook", endpoint.pk))
