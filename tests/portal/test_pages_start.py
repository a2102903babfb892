"""The landing page, a new brand, and the three steps that tick themselves."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.urls import reverse
from django.utils import timezone

from brands.models import AuditEntry, Brand, Domain, Membership, Role
from events.models import EventType
from tests.events.calls import report
from tests.portal.conftest import NOON

HOSTILE = "<script>alert(1)</script>\u202e\U0001f389" + "W" * 90
URL = "/resonance-api/manual-event"


@pytest.fixture
def remembering(settings):
    """A cache that keeps what it is told."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    caches["default"].clear()


def setup(client, brand, **query):
    return client.get(reverse("portal:setup", args=[brand.slug]), query)


def look(client, page):
    """Ask again as the page does."""
    return client.get(page.context["again"], headers={"HX-Request": "true"})


def post(client, brand, event="order", **more):
    body = {"brand_id": brand.public_id, "event": event, "email": "ann@example.com"}
    body |= {"metadata": {"order_id": "1"}}
    origin = {"Origin": more.pop("origin")} if "origin" in more else {}
    return client.post(URL, body | more, content_type="application/json", headers=origin)


# The landing page


@pytest.mark.django_db
def test_a_stranger_is_told_what_it_is(client):
    page = client.get("/")
    assert "Create an account" in page.text
    assert reverse("account_login") in page.text
    assert "/resonance-api/docs/" in page.text
    assert "curl http://127.0.0.1:8000/resonance-api/manual-event" in page.context["call"]


# A new brand


def new_brand(client, **more):
    form = {"name": "Eve's Shop", "domain": "Shop.Example.com", "time_zone": "Asia/Tokyo", **more}
    return client.post(reverse("new-brand"), form)


def test_a_brand_is_made_with_its_owner_and_its_domain(client, stranger):
    client.force_login(stranger)
    assert new_brand(client).url == "/b/eves-shop/setup/"
    made = Brand.objects.get()
    assert (made.name, made.time_zone) == ("Eve's Shop", "Asia/Tokyo")
    assert Membership.objects.get(brand=made, user=stranger).role == Role.OWNER
    domain = Domain.objects.get(brand=made)
    assert (domain.host, domain.verified_at) == ("shop.example.com", None)
    assert AuditEntry.objects.filter(brand=made, by=stranger, action="brand.created").exists()


def test_a_domain_may_be_pasted_as_the_browser_shows_it(client, stranger):
    client.force_login(stranger)
    new_brand(client, domain=" https://Shop.Example.com:8443/cart?a=1#b ")
    assert Brand.objects.get().domains.get().host == "shop.example.com"


def test_two_brands_of_one_name_get_addresses_of_their_own(client, stranger):
    client.force_login(stranger)
    assert [new_brand(client).url for _ in range(2)] == [
        "/b/eves-shop/setup/",
        "/b/eves-shop-2/setup/",
    ]


@pytest.mark.parametrize("name", [HOSTILE, "\u5317\u6b27", "'; DROP TABLE brand;--"])
def test_any_name_makes_an_address(client, stranger, name):
    client.force_login(stranger)
    page = client.get(new_brand(client, name=name).url)
    assert page.status_code == 200
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "required"),
        ({"name": "\u200b\u202e"}, "a name that people can see"),
        ({"name": "x\0"}, "Null characters"),
        ({"name": "W" * 10_000}, "at most 120 characters"),
        ({"domain": "https://ann@shop.example.com/cart"}, "Enter the host alone"),
        ({"domain": "*.github.io"}, "everybody else"),
        ({"domain": "192.0.2.1"}, "not an IP address"),
        ({"domain": "shop"}, "the whole name"),
        ({"time_zone": "Europe/Atlantis"}, "Select a valid choice"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_nothing_is_lost(client, stranger, wrong, sentence):
    client.force_login(stranger)
    page = new_brand(client, **wrong)
    assert page.status_code == 200
    assert any(sentence in error for error in page.context["form"].errors[next(iter(wrong))])
    assert "There is no brand yet" in page.text
    kept = {"name": "Eve&#x27;s Shop", "domain": "Shop.Example.com"}
    assert all(value in page.text for name, value in kept.items() if name not in wrong)
    assert not Brand.objects.exists()


def test_ten_brands_are_as_many_as_one_can_have(client, stranger):
    client.force_login(stranger)
    for _ in range(10):
        assert new_brand(client).status_code == 302
    assert "as many as one person can" in new_brand(client).text
    assert "as many as one person can" in client.get(reverse("new-brand")).text
    assert Brand.objects.count() == 10


def test_the_choice_of_brands_leads_to_a_new_one(as_ann, client, stranger):
    assert reverse("new-brand") in as_ann.get(reverse("brands")).text
    client.force_login(stranger)
    assert reverse("new-brand") in client.get(reverse("brands")).text


# Three steps


def test_without_an_event_type_the_first_step_offers_templates(as_ann, brand):
    page = setup(as_ann, brand)
    assert "Paid once for every order" in page.text
    assert "?template=place_order" in page.text
    assert "call" not in page.context


def test_one_click_makes_an_event_type(as_ann, brand, ann):
    address = reverse("portal:start-event-type", args=[brand.slug])
    answer = as_ann.post(address, {"template": "post_review"})
    assert answer.url == f"/b/{brand.slug}/setup/?event=post_review"
    made = EventType.objects.get()
    assert (made.key, made.rules.get().versions.get().amount) == ("post_review", 5_00)
    page = as_ann.get(answer.url)
    assert '"event": "post_review"' in page.context["call"]
    assert '"rating": 5' in page.context["call"]
    twice = as_ann.post(address, {"template": "post_review"})
    assert "There is an event type with this key already" in twice.text
    assert "Choose one of the templates" in as_ann.post(address, {"template": "x"}).text


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.ANALYST])
def test_who_may_not_choose_is_told_who_may(as_role, brand, role):
    page = setup(as_role(role), brand)
    assert "A manager or owner of" in page.text
    assert reverse("portal:start-event-type", args=[brand.slug]) not in page.text


def test_the_call_carries_what_the_event_earns_once_for(as_ann, brand, order):
    call = setup(as_ann, brand).context["call"]
    assert call.startswith("curl http://127.0.0.1:8000/resonance-api/manual-event")
    assert f'"brand_id": "{brand.public_id}"' in call
    assert '"metadata": { "order_id": "ABC-123" }' in " ".join(call.split())


def test_a_language_is_chosen_with_and_without_javascript(as_ann, brand, order):
    page = setup(as_ann, brand, language="ruby")
    assert "Net::HTTP" in page.context["call"]
    address = reverse("portal:setup", args=[brand.slug])
    fragment = as_ann.get(address, {"language": "go"}, headers={"HX-Request": "true"})
    assert fragment.text.strip().startswith('<div id="snippet"')
    assert "package main" in fragment.text
    assert setup(as_ann, brand, language="cobol").context["language"].key == "curl"


def test_a_key_comes_from_the_environment(as_ann, brand, order):
    call = setup(as_ann, brand, language="python", **{"with": "key"}).context["call"]
    assert 'os.environ["RESONANCE_KEY"]' in call
    assert "brand_id" not in call
    Brand.objects.update(least_trust="key")
    assert "$RESONANCE_KEY" in setup(as_ann, brand).context["call"]
    page = setup(as_ann, brand, language="browser")
    assert "RESONANCE_KEY" not in page.context["call"]
    assert "send it from your backend" in page.text
    Brand.objects.update(least_trust="signed")
    assert "only from signed calls" in setup(as_ann, brand).text


def test_a_domain_is_sent_where_the_brand_insists(as_ann, brand, order):
    Domain.objects.create(brand=brand, host="shop.example.com")
    assert '"domain"' not in setup(as_ann, brand).context["call"]
    Brand.objects.update(domain_required=True)
    assert '"domain": "shop.example.com"' in setup(as_ann, brand).context["call"]


def test_nothing_is_said_while_nothing_changes(as_ann, brand, order):
    assert look(as_ann, setup(as_ann, brand)).status_code == 204


def test_an_event_that_arrives_ticks_the_steps_and_ends_the_asking(as_ann, brand, order):
    page = setup(as_ann, brand)
    assert page.text.count("ticked") == 1
    outcome = report(brand, metadata={"order_id": 1}, at=timezone.now())
    fragment = look(as_ann, page)
    assert fragment.text.count("ticked") == 3
    assert "+10.00 RSNC" in fragment.text
    assert "an•••@example.com" in fragment.text
    assert "ann@example.com" not in fragment.text
    assert reverse("portal:event", args=[brand.slug, outcome.event_id]) in fragment.text
    assert "every 1s" not in fragment.text
    assert setup(as_ann, brand).text.count("ticked") == 3


def test_a_test_event_counts_and_says_so(as_ann, brand, order):
    page = setup(as_ann, brand)
    report(brand, at=timezone.now(), test=True)
    assert 'class="chip test"' in look(as_ann, page).text


def test_another_event_type_loads_the_page_again(as_ann, brand):
    page = setup(as_ann, brand)
    as_ann.post(reverse("portal:start-event-type", args=[brand.slug]), {"template": "signup"})
    assert look(as_ann, page).headers["HX-Refresh"] == "true"


def test_an_unknown_event_is_explained(as_ann, brand, order):
    page = setup(as_ann, brand)
    assert post(as_ann, brand, event="odrer").status_code == 422
    fragment = look(as_ann, page)
    assert "“<bdi>odrer</bdi>”" in fragment.text
    assert "Send <code>order</code> instead" in fragment.text
    assert "every 1s" in fragment.text
    post(as_ann, brand)
    assert "odrer" not in look(as_ann, page).text


def test_a_refused_call_is_explained(as_ann, brand, order, remembering):
    page = setup(as_ann, brand)
    assert post(as_ann, brand, origin="https://evil.example").status_code == 403
    fragment = look(as_ann, page)
    assert "The domain is not one of the brand&#x27;s" in fragment.text
    assert "domain_mismatch" in fragment.text
    assert post(as_ann, brand, email="no address").status_code == 422
    assert "invalid_event" in look(as_ann, page).text
    assert post(as_ann, brand).status_code == 200
    assert "refused" not in look(as_ann, page).text


def test_a_wrong_key_is_explained_to_the_brand_alone(
    as_ann, brand, order, other_brand, remembering
):
    page = setup(as_ann, brand)
    Brand.objects.filter(pk=brand.pk).update(least_trust="key")
    assert post(as_ann, other_brand).status_code == 422
    assert look(as_ann, page).status_code == 204
    assert post(as_ann, brand).status_code == 403
    assert "trust_too_low" in look(as_ann, page).text


def test_a_page_that_was_left_open_rests(as_ann, brand, order):
    began = int((timezone.now() - timedelta(minutes=31)).timestamp())
    address = reverse("portal:setup-steps", args=[brand.slug])
    page = as_ann.get(address, {"seen": f"{order.pk}...", "began": began})
    assert "rests now" in page.text
    assert "every 1s" not in page.text


@pytest.mark.parametrize("hostile", ["\0", "9" * 400, HOSTILE, "-1"])
def test_what_makes_no_sense_in_the_address_is_left_out(as_ann, brand, order, hostile):
    query = {"event": hostile, "language": hostile, "seen": hostile, "began": hostile}
    assert setup(as_ann, brand, **query).status_code == 200
    address = reverse("portal:setup-steps", args=[brand.slug])
    assert as_ann.get(address, query).status_code == 200


def test_the_rail_leads_there_until_the_first_event(as_ann, brand, order):
    link = f'href="{reverse("portal:setup", args=[brand.slug])}"'
    log = reverse("portal:members", args=[brand.slug])
    assert as_ann.get(log).text.count(link) >= 1
    report(brand, at=NOON)
    assert link not in as_ann.get(log).text
    assert link in as_ann.get(reverse("portal:overview", args=[brand.slug])).text
    assert link in setup(as_ann, brand).text


def test_a_hostile_name_of_an_event_type_stays_text(as_ann, brand, order):
    EventType.objects.update(name=HOSTILE)
    page = setup(as_ann, brand)
    assert "<script>alert" not in page.text
