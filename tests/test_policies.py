"""What must hold for every page and every table, those that somebody adds next year included."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import transaction
from django.db.models import PROTECT, Field, Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from django.utils import timezone

from brands import services as brands
from brands.models import Brand, Membership, Role, User, WebhookDelivery
from brands.roles import Permission, may
from brands.services import invitations, webhooks
from events import services as events
from events.models import EventType, Replay, UnmatchedName
from tests.events.calls import NOON, report
from tests.sign_in import step_up
from wallets import services as wallets

API = "resonance-api/"
# Whoever has no account yet, or no session any more, needs these; machines need the rest.
PUBLIC = {
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_email_verification_sent",
    "account_signup",
    "home",
    "healthz",
    "invitation",
    "logo",
    "metrics",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "readyz",
}
# What each of a brand's pages asks of the role.
BRAND_PAGES = {
    "portal:overview": Permission.VIEW,
    "portal:setup": Permission.VIEW,
    "portal:setup-steps": Permission.VIEW,
    "portal:start-event-type": Permission.MANAGE_EVENT_TYPES,
    "portal:event-types": Permission.VIEW,
    "portal:add-event-type": Permission.MANAGE_EVENT_TYPES,
    "portal:edit-event-type": Permission.MANAGE_EVENT_TYPES,
    "portal:switch-event-type": Permission.MANAGE_EVENT_TYPES,
    "portal:preview-event-type": Permission.MANAGE_EVENT_TYPES,
    "portal:move-event-type": Permission.MANAGE_EVENT_TYPES,
    "portal:versions": Permission.VIEW,
    "portal:version": Permission.VIEW,
    "portal:unmatched": Permission.VIEW,
    "portal:dismiss-unmatched": Permission.MANAGE_EVENT_TYPES,
    "portal:replay-event-type": Permission.MANAGE_EVENT_TYPES,
    "portal:replay": Permission.VIEW,
    "portal:live": Permission.VIEW,
    "portal:live-state": Permission.VIEW,
    "portal:live-stream": Permission.VIEW,
    "portal:log": Permission.VIEW,
    "portal:event": Permission.VIEW,
    "portal:log-news": Permission.VIEW,
    "portal:export-log": Permission.VIEW,
    "portal:export-people": Permission.REVEAL_PEOPLE,
    "portal:reveal-event": Permission.REVEAL_PEOPLE,
    "portal:send-event-again": Permission.SEND_TESTS,
    "portal:analytics": Permission.VIEW,
    "portal:refusals": Permission.VIEW,
    "portal:report-csv": Permission.VIEW,
    "portal:response-times": Permission.VIEW,
    "portal:people": Permission.VIEW,
    "portal:owed": Permission.VIEW,
    "portal:spending": Permission.VIEW,
    "portal:alerts": Permission.VIEW,
    "portal:alert-settings": Permission.VIEW,
    "portal:members": Permission.VIEW,
    "portal:member": Permission.VIEW,
    "portal:reveal-member": Permission.REVEAL_PEOPLE,
    "portal:adjust-member": Permission.ADJUST_MEMBERS,
    "portal:adjustments": Permission.VIEW,
    "portal:adjustment": Permission.VIEW,
    "portal:decide-adjustment": Permission.ADJUST_MEMBERS,
    "portal:adjustment-limit": Permission.SET_ADJUSTMENT_LIMIT,
    "portal:test-console": Permission.SEND_TESTS,
    "portal:test-connection": Permission.SEND_TESTS,
    "portal:settings": Permission.VIEW,
    "portal:change-logo": Permission.CHANGE_SETTINGS,
    "portal:remove-logo": Permission.CHANGE_SETTINGS,
    "portal:domains": Permission.MANAGE_DOMAINS,
    "portal:domain": Permission.MANAGE_DOMAINS,
    "portal:remove-domain": Permission.MANAGE_DOMAINS,
    "portal:limits": Permission.VIEW,
    "portal:webhooks": Permission.MANAGE_WEBHOOKS,
    "portal:add-webhook": Permission.MANAGE_WEBHOOKS,
    "portal:webhook": Permission.MANAGE_WEBHOOKS,
    "portal:edit-webhook": Permission.MANAGE_WEBHOOKS,
    "portal:webhook-secret": Permission.MANAGE_WEBHOOKS,
    "portal:switch-webhook": Permission.MANAGE_WEBHOOKS,
    "portal:delete-webhook": Permission.MANAGE_WEBHOOKS,
    "portal:ping-webhook": Permission.MANAGE_WEBHOOKS,
    "portal:replay-webhook": Permission.MANAGE_WEBHOOKS,
    "portal:webhook-progress": Permission.MANAGE_WEBHOOKS,
    "portal:webhook-delivery": Permission.MANAGE_WEBHOOKS,
    "portal:resend-webhook": Permission.MANAGE_WEBHOOKS,
    "portal:audit": Permission.VIEW_AUDIT,
    "portal:download-audit": Permission.VIEW_AUDIT,
    "portal:team": Permission.VIEW,
    "portal:leave-team": Permission.VIEW,
    "portal:invite": Permission.MANAGE_TEAM,
    "portal:change-role": Permission.MANAGE_TEAM,
    "portal:remove-member": Permission.MANAGE_TEAM,
    "portal:transfer-ownership": Permission.MANAGE_TEAM,
    "portal:resend-invitation": Permission.MANAGE_TEAM,
    "portal:withdraw-invitation": Permission.MANAGE_TEAM,
    "portal:keys": Permission.MANAGE_KEYS,
    "portal:add-key": Permission.MANAGE_KEYS,
    "portal:rotate-key": Permission.MANAGE_KEYS,
    "portal:revoke-key": Permission.MANAGE_KEYS,
    "portal:add-signing-secret": Permission.MANAGE_KEYS,
    "portal:rotate-signing-secret": Permission.MANAGE_KEYS,
    "portal:end-signing-secret": Permission.MANAGE_KEYS,
}
# What asks again who it is, however fresh the session is otherwise.
STEP_UP: set[str] = {
    "portal:adjust-member",
    "portal:decide-adjustment",
    "portal:adjustment-limit",
    "portal:add-key",
    "portal:leave-team",
    "portal:invite",
    "portal:change-role",
    "portal:remove-member",
    "portal:transfer-ownership",
    "portal:resend-invitation",
    "portal:withdraw-invitation",
    "portal:rotate-key",
    "portal:revoke-key",
    "portal:add-signing-secret",
    "portal:rotate-signing-secret",
    "portal:end-signing-secret",
    "portal:webhook-secret",
}
POST_ONLY = {
    "portal:change-logo",
    "portal:export-people",
    "portal:resend-invitation",
    "portal:move-event-type",
    "portal:preview-event-type",
    "portal:reveal-event",
    "portal:reveal-member",
    "portal:send-event-again",
    "portal:start-event-type",
}
# Tables whose rows go with what they belong to: nothing of them is money.
MAY_CASCADE = {"events.UnmatchedEvent.name"}
SAMPLES = {
    "adjustment_id": 1,
    "app_label": "brands",
    "content_type_id": "1",
    "delivery_id": 1,
    "digest": "0" * 64,
    "domain_id": 1,
    "endpoint_id": 1,
    "event_id": "evt_" + "0" * 32,
    "id": "1",
    "invitation_id": 1,
    "key": "k",
    "key_id": 1,
    "membership_id": 1,
    "number": 1,
    "object_id": "1",
    "pk": 1,
    "replay_id": 1,
    "report": "events",
    "secret_id": 1,
    "session_id": 1,
    "table": "costs",
    "token": "t",
    "uidb36": "1",
    "unmatched_id": 1,
    "url": "nothing/",
    "wallet_id": "wal_" + "0" * 32,
}


def routes(
    resolver: URLResolver, prefix: str = "", namespace: str = "", above: tuple[str, ...] = ()
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every page's route, its name, and the parameters that it takes."""
    for each in resolver.url_patterns:
        parameters = (*above, *each.pattern.regex.groupindex)
        route = f"{prefix}{each.pattern}"
        if isinstance(each, URLPattern):
            name = f"{namespace}{each.name}" if each.name else ""
            yield route, name, parameters
        else:
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from routes(each, route, inner, parameters)


ROUTES = [route for route in routes(get_resolver()) if not route[0].startswith(API)]
NETWORK_ROUTES = [name for _, name, _ in ROUTES if name.startswith("network:")]
BRAND_ROUTES = [name for _, name, parameters in ROUTES if "brand_slug" in parameters]


def address(name: str, parameters: tuple[str, ...], **known: Any) -> str:
    if not name:
        # Django's admin ends in a route without a name that takes whatever is left.
        return "/admin/nothing/"
    samples = SAMPLES | {"brand_slug": "northwind"} | known
    return reverse(name, kwargs={each: samples[each] for each in parameters})


def page(name: str, things: dict[str, Any]) -> str:
    return reverse(name, kwargs={each: things[each] for each in parameters_of(name)})


def parameters_of(name: str) -> tuple[str, ...]:
    return next(parameters for _, each, parameters in ROUTES if each == name)


# What every brand has.
COMMON = {"brand_slug", "report", "table"}
ABOUT_SOMETHING = [name for name in BRAND_ROUTES if set(parameters_of(name)) - COMMON]


@pytest.fixture(autouse=True)
def nothing_collected(settings):
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture(scope="module")
def furnished(django_db_setup, django_db_blocker) -> Iterator[dict[str, dict[str, Any]]]:
    """Two brands with one of everything, made once: what a test changes is rolled back to them."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = [
            Brand.objects.create(
                name="Northwind Roasters", slug="northwind", time_zone="Europe/Berlin"
            ),
            Brand.objects.create(name="Fjell Outdoor", slug="fjell", time_zone="Europe/Oslo"),
        ]
        yield {brand.slug: things_of(brand) for brand in made}
        transaction.set_rollback(True)


@pytest.fixture
def objects(furnished, db) -> dict[str, Any]:
    return furnished["northwind"]


@pytest.fixture
def theirs(furnished, db) -> dict[str, Any]:
    """The same of another brand."""
    return furnished["fjell"]


@pytest.fixture
def brand(objects) -> Brand:
    return Brand.objects.get(slug="northwind")


@pytest.fixture
def owner(ann: User) -> User:
    """Ann, who may everything."""
    ann.memberships.update(role=Role.OWNER)
    return ann


def things_of(brand: Brand) -> dict[str, Any]:
    """One of everything that a page of the brand can be about."""
    terms = events.Terms(amount=1_00)
    event_type = events.create_event_type(
        brand=brand, key="visit", name="Visit", terms=terms, by=None, now=NOON
    )
    outcome = report(brand, "visit")
    key = brands.create_key(brand=brand, name="K", scopes=["events:write"], by=None, now=NOON)
    secret = brands.create_signing_secret(brand=brand, by=None, now=NOON)
    domain = brands.add_domain(brand=brand, entry="shop.example", by=None, now=NOON)
    delivery = told(brand)
    return {
        "delivery_id": delivery.pk,
        "endpoint_id": delivery.endpoint_id,
        "domain_id": domain.pk,
        "key_id": key.key.pk,
        **joining(brand),
        "secret_id": secret.row.pk,
        "brand_slug": brand.slug,
        "pk": event_type.pk,
        "number": 1,
        "unmatched_id": missed(brand).pk,
        "replay_id": replayed(event_type).pk,
        "event_id": outcome.event_id,
        "wallet_id": wallets.public_wallet_id(brand_id=brand.pk, wallet=outcome.wallet or 0),
        "adjustment_id": proposed(brand, outcome.wallet or 0),
        "report": "events",
        "table": "costs",
    }


def joining(brand: Brand) -> dict[str, int]:
    """Somebody in the team, and somebody who is asked into it."""
    user = User.objects.create_user(f"colleague@{brand.slug}.example")
    membership = Membership.objects.create(user=user, brand=brand, role=Role.DEVELOPER)
    invitation = invitations.invite(
        brand=brand, email=f"new@{brand.slug}.example", role=Role.ANALYST, by=user, now=NOON
    )
    return {"membership_id": membership.pk, "invitation_id": invitation.pk}


def told(brand: Brand) -> WebhookDelivery:
    """A message that waits for an endpoint of the brand's."""
    url = f"https://hooks.{brand.slug}.example/"
    endpoint = webhooks.add_endpoint(
        brand=brand,
        url=url,
        kinds=["wallet.credited"],
        tests=False,
        by=None,
        now=NOON,
        resolve=lambda _name, _seconds: ["8.8.8.8"],
    ).endpoint
    webhooks.ping(endpoint=endpoint, now=NOON)
    return endpoint.deliveries.get()


def missed(brand: Brand) -> UnmatchedName:
    """The name of an event that no event type has."""
    with pytest.raises(events.UnknownEvent):
        report(brand, "missed")
    return brand.unmatched_names.get()


def replayed(event_type: EventType) -> Replay:
    return Replay.objects.create(
        brand=event_type.brand, event_type=event_type, total=1, created_at=NOON, touched_at=NOON
    )


def proposed(brand: Brand, wallet: int) -> int:
    """An adjustment that waits for a second person."""
    made = wallets.adjust(
        brand=brand,
        wallet=wallet,
        amount=500_00,
        reason="A parcel was lost",
        token=uuid4(),
        by=User.objects.create_user(f"proposer@{brand.slug}.example"),
        now=timezone.now(),
    )
    return made.id


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("route", "name", "parameters"), ROUTES, ids=[r[0] for r in ROUTES])
@pytest.mark.django_db
def test_only_listed_pages_are_public(client, method, route, name, parameters):
    answer = getattr(client, method)(address(name, parameters))
    to_sign_in = answer.status_code == 302 and "/login/?next=" in answer.url
    assert to_sign_in == (name not in PUBLIC)


def test_every_page_of_a_brand_says_what_it_asks_of_the_role():
    assert set(BRAND_ROUTES) == set(BRAND_PAGES)


def without_nonce(text: str) -> str:
    return re.sub(r'nonce="[^"]+"', "", text)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", BRAND_ROUTES)
def test_a_stranger_cannot_tell_that_the_brand_exists(client, objects, stranger, method, name):
    client.force_login(stranger)
    there = getattr(client, method)(page(name, objects))
    nowhere = getattr(client, method)(page(name, objects | {"brand_slug": "no-such-brand"}))
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert without_nonce(there.text) == without_nonce(nowhere.text)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", BRAND_ROUTES)
def test_a_role_may_do_what_the_table_says(client: Client, brand, objects, role, name):
    user = User.objects.create_user("somebody@northwind.example")
    Membership.objects.create(user=user, brand=brand, role=role)
    client.force_login(user)
    step_up(client, user)
    method = "post" if name in POST_ONLY else "get"
    answer = getattr(client, method)(page(name, objects))
    # What is done may lead on to another page; what is asked for may have nothing new.
    allowed = {200, 302} if method == "post" else {200, 204}
    assert answer.status_code in (allowed if may(role, BRAND_PAGES[name]) else {403})
    if answer.status_code == 403:
        assert client.post(page(name, objects)).status_code == 403
        assert b"You may not do this" in answer.content


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ABOUT_SOMETHING)
def test_what_belongs_to_another_brand_is_not_there(client, owner, objects, theirs, method, name):
    theirs = theirs | {"brand_slug": objects["brand_slug"]}
    client.force_login(owner)
    step_up(client, owner)
    assert getattr(client, method)(page(name, theirs)).status_code in {404, 405}
    if name not in POST_ONLY:
        assert client.get(page(name, theirs)).status_code == 404
        assert client.get(page(name, objects)).status_code == 200


@pytest.mark.parametrize("name", sorted(STEP_UP))
def test_what_is_dangerous_asks_again_who_it_is(client, owner, objects, name):
    client.force_login(owner)
    for method in ("get", "post"):
        answer = getattr(client, method)(page(name, objects))
        assert answer.status_code == 405 or "/reauthenticate/?next=" in answer["Location"]


@pytest.mark.parametrize("name", sorted(STEP_UP - POST_ONLY))
def test_a_form_that_may_have_to_wait_says_where_it_goes(client, owner, objects, name):
    client.force_login(owner)
    step_up(client, owner)
    # Sent by the page that asked, its answer is read at that page's address.
    forms = re.findall(r'<form[^>]* method="post"[^>]*>', client.get(page(name, objects)).text)
    assert [each for each in forms if 'action="/' not in each] == []


def test_the_pages_that_ask_again_are_listed():
    asking = {name for name in BRAND_ROUTES if getattr(view_of(name), "step_up", False)}
    assert asking == STEP_UP


def view_of(name: str) -> Any:
    known = dict.fromkeys(parameters_of(name), "x") | SAMPLES | {"brand_slug": "northwind"}
    return resolve(page(name, known)).func


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", NETWORK_ROUTES)
def test_the_pages_of_the_network_are_there_for_operators_alone(client, owner, name, method):
    client.force_login(owner)
    step_up(client, owner)
    assert getattr(client, method)(reverse(name)).status_code == 404
    operator = User.objects.create_user("operator@network.example", is_staff=True)
    client.force_login(operator)
    step_up(client, operator)
    assert getattr(client, method)(reverse(name)).status_code in {200, 302, 405}


@pytest.mark.parametrize("name", NETWORK_ROUTES)
def test_whatever_an_operator_changes_there_asks_again_who_it_is(client, owner, name):
    operator = User.objects.create_user(
        "operator@network.example", "a long password", is_staff=True
    )
    client.force_login(operator)
    answer = client.post(reverse(name))
    assert "/reauthenticate/?next=" in answer["Location"]


LEDGER = [*apps.get_app_config("wallets").get_models(), *apps.get_app_config("events").get_models()]


@pytest.mark.parametrize("model", LEDGER, ids=[model._meta.label for model in LEDGER])
def test_what_counts_is_never_deleted_by_cascade(model: type[Model]):
    for field in model._meta.get_fields():
        if isinstance(field, Field) and field.remote_field:
            label = f"{model._meta.label}.{field.name}"
            assert field.remote_field.on_delete is PROTECT or label in MAY_CASCADE
