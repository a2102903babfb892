"""Making an account by oneself: the form, the code, and what strangers can learn from it."""

import re
from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from brands import invitation_mail
from brands import services as brands
from brands.models import Membership, Role, User
from brands.services import invitations

NEW = "eve@newshop.example"
PASSWORD = "sunflower-fields"
CODE_PAGE = reverse("account_email_verification_sent")


def sign_up(client: Client, email: str = NEW, *, next_page: str = "", password: str = PASSWORD):
    form = {"email": email, "password1": password, "next": next_page}
    return client.post(reverse("account_signup"), form)


def code() -> str:
    found = re.search(r"^ +([A-Z]{4}-[A-Z]{4})$", f"{mail.outbox[-1].body}", re.MULTILINE)
    assert found is not None
    return found[1]


def enter(client: Client, typed: str, **more: str):
    return client.post(CODE_PAGE, {"action": "verify", "code": typed, **more})


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.django_db
def test_a_code_lets_in_who_signs_up(client):
    assert sign_up(client).url == CODE_PAGE
    assert NEW in client.get(CODE_PAGE).text
    assert not signed_in(client)
    assert mail.outbox[0].to == [NEW]
    assert enter(client, f" {code().lower().replace('-', '')} ").url == "/"
    assert signed_in(client)
    assert "New brand" in client.get("/", follow=True).text


@pytest.mark.django_db
def test_an_invitation_is_where_one_arrives(client):
    assert (
        "/invitation/t0ken/"
        in client.get(f"{reverse('account_signup')}?next=/invitation/t0ken/").text
    )
    sign_up(client, next_page="/invitation/t0ken/")
    assert enter(client, code()).url == "/invitation/t0ken/"


@pytest.mark.django_db
def test_nobody_is_led_to_another_site(client):
    sign_up(client, next_page="https://evil.example/")
    assert enter(client, code()).url == "/"


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("no address", PASSWORD, "valid email address"),
        ("eve@newshop.example\0", PASSWORD, "Null characters"),
        ("\N{KELVIN SIGN}" + NEW, PASSWORD, "Enter an e-mail address such as"),
        ("e" * 10_000 + "@newshop.example", PASSWORD, "at most 254 characters"),
        ("\u202eeve@newshop.example", PASSWORD, "Enter a"),
        (NEW, "short", "too short"),
        (NEW, "password123", "too common"),
        (NEW, "eve@newshop.example", "too similar"),
    ],
)
@pytest.mark.django_db
def test_a_mistake_is_said_at_its_field_and_nothing_is_lost(client, email, password, sentence):
    page = sign_up(client, email, password=password)
    assert page.status_code == 200
    assert sentence in page.text
    assert 'aria-invalid="true"' in page.text
    assert not User.objects.exists()
    assert not mail.outbox


def test_an_address_that_has_an_account_looks_the_same(client, ann):
    stranger = Client()
    known, unknown = sign_up(client, ann.email, next_page="/x/"), sign_up(stranger, next_page="/x/")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)

    def shown(page: str, email: str) -> str:
        page = re.sub(r'(nonce|name="csrfmiddlewaretoken" value)="[^"]+"', "", page)
        return page.replace(email, "an address")

    pages = [client.get(CODE_PAGE).text, stranger.get(CODE_PAGE).text]
    assert shown(pages[0], ann.email) == shown(pages[1], NEW)
    told = {each.to[0]: each for each in mail.outbox}
    assert "there is one already" in told[ann.email].body
    assert not re.search(r"[A-Z]{4}-[A-Z]{4}", f"{told[ann.email].body}")
    wrong = [enter(client, "BCDF-GHJK").text, enter(stranger, "BCDF-GHJK").text]
    assert shown(wrong[0], ann.email) == shown(wrong[1], NEW)
    over = [each.post(CODE_PAGE, {"action": "restart"}).url for each in (client, stranger)]
    assert over[0] == over[1] == f"{reverse('account_signup')}?next=%2Fx%2F"
    assert set(User.objects.values_list("email", flat=True)) == {ann.email}


@pytest.mark.django_db
def test_five_wrong_codes_end_it_and_signing_in_begins_anew(client):
    sign_up(client)
    right = code()
    for _ in range(4):
        assert "This is not the code" in enter(client, "BCDF-GHJK").text
    last = client.post(CODE_PAGE, {"action": "verify", "code": "x"}, follow=True)
    assert "too many times" in last.text
    assert enter(client, right).url == reverse("account_login")
    assert not signed_in(client)


@pytest.mark.django_db
def test_who_closed_the_window_signs_in_and_gets_another_code(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"confirm_email": None}
    sign_up(client)
    later = Client()
    form = {"login": NEW, "password": PASSWORD}
    assert later.post(reverse("account_login"), form).url == CODE_PAGE
    assert not signed_in(later)
    assert enter(later, code()).url == "/"


@pytest.mark.django_db
def test_a_code_expires_and_the_page_says_so(client):
    sign_up(client)
    session = client.session
    session["account_email_verification_code"]["at"] -= 16 * 60
    session.save()
    page = client.get(CODE_PAGE, follow=True)
    assert "The code has expired" in page.text
    assert page.request["PATH_INFO"] == reverse("account_login")


@pytest.mark.django_db
def test_another_code_is_sent_but_not_at_once(client, settings):
    sign_up(client)
    first = code()
    page = client.post(CODE_PAGE, {"action": "resend"}, follow=True)
    assert "One was sent just now" in page.text
    settings.ACCOUNT_RATE_LIMITS = {"confirm_email": None}
    page = client.post(CODE_PAGE, {"action": "resend"}, follow=True)
    assert "Another code is on its way" in page.text
    assert code() != first
    assert enter(client, code()).url == "/"


@pytest.mark.django_db
def test_another_address_can_be_used_and_the_first_is_free_again(client):
    sign_up(client, "typo@newshop.example")
    assert client.post(CODE_PAGE, {"action": "restart"}).url == reverse("account_signup")
    assert not User.objects.exists()
    sign_up(client)
    assert enter(client, code()).url == "/"


@pytest.mark.django_db
def test_whoever_has_an_account_already_can_sign_in_instead_of_waiting_for_a_code(client, ann):
    sign_up(client, ann.email)
    assert client.get(reverse("account_login")).url == CODE_PAGE
    away = client.post(CODE_PAGE, {"action": "sign-in"}).url
    assert away == reverse("account_login")
    assert client.get(away).status_code == 200
    assert User.objects.filter(email=ann.email).exists()


@pytest.mark.django_db
def test_signing_up_is_slowed_down(client):
    for n in range(10):
        assert sign_up(client, f"p{n}@newshop.example", password="short").status_code == 200
    page = sign_up(client, "p10@newshop.example")
    assert page.status_code == 429
    assert not User.objects.exists()


@pytest.mark.django_db
def test_mail_that_cannot_be_sent_is_said_and_can_be_asked_for_again(client, monkeypatch):
    def broken(*_, **__):
        raise SMTPServerDisconnected

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", broken)
    page = sign_up(client)
    assert "The mail could not be sent just now" in client.get(page.url).text


@pytest.mark.django_db
def test_an_operator_can_close_it(client, settings):
    settings.RESONANCE_SIGNUP = "closed"
    assert "Accounts are made for you" in client.get(reverse("account_signup")).text
    assert sign_up(client).status_code == 200
    assert not User.objects.exists()
    assert "Create an account" not in client.get(reverse("account_login")).text
    assert "Create an account" not in client.get("/").text


def test_whoever_is_invited_makes_an_account_all_the_same(client, settings, brand, ann):
    settings.RESONANCE_SIGNUP = "closed"
    now = timezone.now()
    invited = invitations.invite(
        brand=brand, email="new@new.example", role="ANALYST", by=ann, now=now
    )
    invitation_mail.send(invitation_id=invited.pk, now=now)
    path = re.search(r"/invitation/[^/]+/", mail.outbox[-1].body)[0]
    address = f"{reverse('account_signup')}?next={path}"
    assert "Accounts are made for you" not in client.get(address).text
    assert sign_up(client, email="other@new.example", next_page=path).status_code == 200
    assert sign_up(client, email="New@new.example", next_page=path).status_code == 302
    assert User.objects.filter(email="new@new.example").exists()
    assert not User.objects.filter(email="other@new.example").exists()
    invitations.withdraw(invitation=invited, by=ann, now=now)
    assert "Accounts are made for you" in Client().get(address).text


@pytest.mark.django_db
def test_the_code_page_is_for_those_who_wait_for_one(client, as_ann):
    assert Client().get(CODE_PAGE).url == reverse("account_login")
    assert as_ann.get(CODE_PAGE).url == "/"


@pytest.mark.parametrize("made_by", ["service", "createsuperuser"])
@pytest.mark.django_db
def test_who_was_made_by_somebody_else_needs_no_code(client, made_by):
    if made_by == "service":
        brands.create_user(email=NEW, password=PASSWORD, now=timezone.now())
    else:
        User.objects.create_superuser(NEW, PASSWORD)
    form = {"login": NEW, "password": PASSWORD}
    assert client.post(reverse("account_login"), form).url == "/"
    assert not mail.outbox


def test_what_was_never_finished_is_forgotten_after_a_day(client, brand, ann):
    sign_up(client)
    sign_up(Client(), "invited@newshop.example")
    invited = User.objects.get(email="invited@newshop.example")
    Membership.objects.create(user=invited, brand=brand, role=Role.ANALYST)
    now = timezone.now()
    assert brands.forget_all_unfinished(now=now + timedelta(hours=23)) == 0
    brands.forget_all_unfinished(now=now + timedelta(hours=25))
    assert set(User.objects.all()) == {ann, invited}
