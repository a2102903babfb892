"""Asking again who it is, and sending the form that waited for the answer."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.test import Client
from django.urls import include, path, reverse

from brands.roles import Permission
from portal import stepup
from portal.urls import urlpatterns as ours
from portal.views.access import needs
from tests.portal.test_pages_entrance import PASSWORD, sign_in
from tests.sign_in import step_up

SENT: list[dict[str, str]] = []
TYPED = {"name": "Ünï & <b>co</b>", "secret": "hunter2-hunter2", "csrfmiddlewaretoken": "t"}
PAGE = "/b/northwind/dangerous/"


@needs(Permission.VIEW, step_up=True)
def dangerous(request):
    """A form that a fragment or a page may send; it refuses what is called "bad"."""
    if request.method == "POST" and request.POST["name"] != "bad":
        SENT.append(request.POST.dict() | {"query": request.GET.urlencode()})
        messages.success(request, "It is done.")
        return redirect("portal:overview", brand_slug=request.brand.slug)
    if request.htmx:
        return HttpResponse("a fragment")
    return render(request, "portal/new_brand.html", {"said": request.POST.get("name", "")})


brand_urls = [path("dangerous/", dangerous), path("", include("portal.brand_urls"))]
urlpatterns = [path("b/<slug:brand_slug>/", include(brand_urls)), *ours]


@pytest.fixture(autouse=True)
def with_a_dangerous_page(settings):
    settings.ROOT_URLCONF = __name__
    SENT.clear()


@pytest.fixture
def stale(client, ann) -> Client:
    """Ann, signed in longer ago than a proof lasts."""
    client.force_login(ann)
    return client


def confirm(client: Client, address: str, password: str = PASSWORD, **more: str):
    """Send the form of the page that asks."""
    wanted = parse_qs(urlsplit(address).query)["next"][0]
    form = {"password": password, "next": wanted, **more}
    return client.post(urlsplit(address).path, form)


def test_who_has_just_signed_in_is_not_asked(client, ann):
    sign_in(client)
    assert client.get(PAGE).status_code == 200


def test_the_proof_lasts_five_minutes(stale, ann):
    step_up(stale, ann, seconds_ago=299)
    assert stale.get(PAGE).status_code == 200
    step_up(stale, ann, seconds_ago=301)
    assert (
        stale.get(PAGE).url
        == f"{reverse('account_reauthenticate')}?next=%2Fb%2Fnorthwind%2Fdangerous%2F"
    )


def test_the_page_that_asks_says_whom_and_leads_back(stale, ann):
    asking = stale.get(PAGE).url
    page = stale.get(asking)
    assert "Confirm that it is you" in page.text
    assert ann.email in page.text
    wrong = confirm(stale, asking, password="not it")
    assert wrong.status_code == 200
    assert "aria-invalid" in wrong.text
    assert confirm(stale, asking).url == PAGE
    assert stale.get(PAGE).status_code == 200


def test_a_form_that_waited_is_sent_as_it_was_typed(stale):
    asking = stale.post(f"{PAGE}?tab=two", TYPED)
    assert SENT == []
    done = confirm(stale, asking.url)
    assert done.url == "/b/northwind/"
    assert [{"name": TYPED["name"], "secret": TYPED["secret"], "query": "tab=two"}] == SENT
    assert "It is done." in stale.get(done.url).text


def test_a_form_that_waited_is_sent_once(stale):
    asking = stale.post(PAGE, TYPED)
    confirm(stale, asking.url)
    confirm(stale, asking.url)
    assert len(SENT) == 1


def test_what_waits_cannot_be_read_in_the_session(stale):
    stale.post(PAGE, TYPED)
    kept = f"{dict(stale.session)}"
    assert STATE_SESSION_KEY in kept
    assert "hunter2" not in kept
    assert "csrfmiddlewaretoken" not in kept


def test_a_mistake_in_a_form_that_waited_is_shown_with_what_was_typed(stale):
    asking = stale.post(PAGE, {"name": "bad"})
    page = confirm(stale, asking.url)
    assert page.status_code == 200
    assert page.context["said"] == "bad"


def test_a_form_that_waited_too_long_is_not_sent(stale, monkeypatch):
    asking = stale.post(PAGE, TYPED, headers={"referer": "http://testserver/b/northwind/"})
    later = time.time() + stepup.KEPT_FOR + 1
    monkeypatch.setattr(stepup.time, "time", lambda: later)
    back = confirm(stale, asking.url)
    assert back.url == "/b/northwind/"
    assert "look at it and send it again" in stale.get(back.url).text
    assert SENT == []


def test_a_form_that_nobody_came_back_for_is_forgotten(stale, monkeypatch):
    stale.post(PAGE, TYPED)
    later = time.time() + stepup.KEPT_FOR + 1
    monkeypatch.setattr(stepup.time, "time", lambda: later)
    stale.get("/brands/")
    assert stale.session[STATE_SESSION_KEY]["state"]["form"] is None


def test_a_form_is_not_sent_for_somebody_else(stale, stranger, ann):
    asking = stale.post(PAGE, TYPED)
    waiting = stale.session[STATE_SESSION_KEY]
    stale.post(reverse("account_logout"))
    other = Client()
    other.force_login(stranger)
    session = other.session
    session[STATE_SESSION_KEY] = waiting
    session.save()
    confirm(other, asking.url, password="a long password of nobody")
    assert SENT == []


def test_a_form_is_not_sent_for_another_visit(stale):
    asking = stale.post(PAGE, TYPED)
    elsewhere = confirm(stale, asking.url, next="/b/northwind/log/")
    assert elsewhere.url == "/b/northwind/log/"
    assert SENT == []


def test_a_later_visit_to_the_same_page_sends_nothing(stale):
    stale.post(PAGE, TYPED)
    asking = stale.get(PAGE)
    assert confirm(stale, asking.url).url == PAGE
    assert SENT == []


def test_nobody_is_led_to_another_site(stale):
    asking = stale.get(PAGE)
    assert confirm(stale, asking.url, next="https://evil.example/").url == "/"


def test_a_form_with_a_file_is_sent_again_by_hand(stale, tmp_path):
    picture = tmp_path / "logo.png"
    picture.write_bytes(b"png")
    with picture.open("rb") as file:
        asking = stale.post(PAGE, {"name": "x", "logo": file})
    assert "send it again" in stale.get(confirm(stale, asking.url).url).text
    assert SENT == []


def test_a_fragment_is_sent_to_the_page_that_asks_and_comes_back_whole(stale):
    told = stale.post(PAGE, {"name": "bad"}, headers={"hx-request": "true", "hx-boosted": ""})
    assert told.status_code == 200
    assert told.content == b""
    asking = told.headers["HX-Redirect"]
    assert asking.startswith(reverse("account_reauthenticate"))
    page = confirm(stale, asking)
    assert "a fragment" not in page.text
    assert page.context["said"] == "bad"


def test_a_role_that_was_lost_meanwhile_is_refused(stale, ann):
    asking = stale.post(PAGE, TYPED)
    ann.memberships.all().delete()
    assert confirm(stale, asking.url).status_code == 404
    assert SENT == []


def test_whoever_has_nothing_to_prove_it_with_chooses_a_password(client, ann):
    ann.set_unusable_password()
    ann.save()
    client.force_login(ann)
    assert client.get(PAGE).url.startswith(reverse("account_set_password"))


def test_guesses_are_counted(stale):
    asking = stale.get(PAGE)
    answers = [confirm(stale, asking.url, password=f"guess {n}") for n in range(7)]
    assert "Too many attempts" in answers[-1].text
    assert "Too many attempts" in confirm(stale, asking.url).text
