"""Where a person is signed in, what is told by mail, and what the operator can do."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from brands.devices import UNKNOWN, describe
from brands.models import User
from portal import sessions
from tests.portal.test_pages_entrance import PASSWORD, sign_in

PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"


@pytest.fixture
def phone(ann) -> Client:
    """Ann's phone, signed in."""
    client = Client(headers={"user-agent": PHONE}, REMOTE_ADDR="192.0.2.7")
    sign_in(client)
    return client


@pytest.fixture
def desk(ann) -> Client:
    client = Client(headers={"user-agent": DESK})
    sign_in(client)
    return client


def session_on(device: str) -> UserSession:
    return next(each for each in UserSession.objects.all() if describe(each.user_agent) == device)


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        (PHONE, "Chrome on Android"),
        (DESK, "Firefox on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Mac"),
        ("curl/8.5", UNKNOWN),
        ("<script>alert(1)</script>", UNKNOWN),
        ("", UNKNOWN),
    ],
)  # fmt: skip
def test_a_device_is_said_in_plain_words(user_agent, said):
    assert describe(user_agent) == said


def test_every_session_is_listed_with_its_device_and_address(desk, phone):
    page = desk.get(reverse("account_security"))
    assert "Firefox on Windows" in page.text
    assert "Chrome on Android" in page.text
    assert "192.0.2.7" in page.text
    assert [each.current for each in page.context["signed_in"]] == [True, False]


def test_one_session_is_ended_after_a_question(desk, phone):
    address = reverse("account_end_session", args=[session_on("Chrome on Android").pk])
    assert "End this session?" in desk.get(address).text
    assert phone.get("/brands/").status_code == 200
    assert "That session has ended." in desk.post(address, follow=True).text
    assert phone.get("/brands/").status_code == 302
    assert desk.get("/brands/").status_code == 200


def test_all_other_sessions_are_ended_at_once(desk, phone):
    address = reverse("account_end_other_sessions")
    assert "Chrome on Android" in desk.get(address).text
    assert "1 other session ended." in desk.post(address, follow=True).text
    assert phone.get("/brands/").status_code == 302
    assert desk.get("/brands/").status_code == 200


def test_another_persons_session_is_not_there(desk, stranger):
    elsewhere = Client()
    sign_in_as = {"login": stranger.email, "password": "a long password of nobody"}
    elsewhere.post(reverse("account_login"), sign_in_as)
    theirs = UserSession.objects.get(user=stranger)
    for method in (desk.get, desk.post):
        assert method(reverse("account_end_session", args=[theirs.pk])).status_code == 404
    assert elsewhere.get("/brands/").status_code == 200


def test_ones_own_session_is_ended_by_signing_out(desk):
    mine = reverse("account_end_session", args=[UserSession.objects.get().pk])
    assert desk.post(mine).url == reverse("account_logout")


def test_a_changed_password_ends_the_other_sessions_and_is_told(desk, phone, ann):
    new = "another long one!"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    desk.post(reverse("account_change_password"), form)
    assert phone.get("/brands/").status_code == 302
    page = desk.get(reverse("account_security"))
    assert [each.device for each in page.context["signed_in"]] == ["Firefox on Windows"]
    assert "Your password was changed" in mail.outbox[-1].subject
    assert "Firefox on Windows" in mail.outbox[-1].body


def test_the_first_sign_in_is_no_news_a_new_device_is_and_a_known_one_is_not(ann, phone):
    assert mail.outbox == []
    desk = Client(headers={"user-agent": DESK})
    sign_in(desk)
    assert "You signed in on a new device" in mail.outbox[0].subject
    assert "Firefox on Windows" in mail.outbox[0].body
    for known in (desk, phone):
        known.post(reverse("account_logout"))
        sign_in(known)
    assert len(mail.outbox) == 1


def test_a_device_that_one_person_uses_is_new_for_another(phone, stranger):
    User.objects.filter(pk=stranger.pk).update(last_login=timezone.now())
    phone.post(reverse("account_logout"))
    phone.post(
        reverse("account_login"),
        {"login": stranger.email, "password": "a long password of nobody"},
    )
    assert mail.outbox[0].to == [stranger.email]
    cookie = phone.cookies["device"]
    assert len(cookie.value.split(".")) == 2
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_mail_that_cannot_be_sent_keeps_nobody_out(ann, phone, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    desk = Client()
    assert sign_in(desk).status_code == 302
    assert "could not be sent" not in desk.get("/brands/").text


def test_being_seen_costs_a_write_every_five_minutes_only(
    desk, django_assert_num_queries, monkeypatch
):
    desk.get("/brands/")
    # The session, the person, their brands.
    with django_assert_num_queries(3):
        desk.get("/brands/")
    before = UserSession.objects.get().last_seen_at
    now = sessions.time.time()
    monkeypatch.setattr(sessions.time, "time", lambda: now + sessions.NOTED_EVERY + 1)
    desk.get("/brands/", REMOTE_ADDR="2001:db8::7")
    after = UserSession.objects.get()
    assert after.last_seen_at > before
    assert after.ip == "2001:db8::7"


def test_the_number_of_the_session_changes_when_somebody_signs_in(client, ann):
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    sign_in(client)
    assert client.session.session_key != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_sessions_that_have_ended_are_forgotten(desk, phone):
    Session.objects.filter(session_key=session_on("Chrome on Android").session_key).update(
        expire_date=timezone.now()
    )
    sessions.forget_ended()
    assert Session.objects.count() == UserSession.objects.count() == 1
    assert desk.get("/brands/").status_code == 200


@pytest.fixture
def locked_out(ann, desk) -> User:
    """Ann has lost her phone, her passkey and her codes."""
    for kind in ("totp", "webauthn", "recovery_codes"):
        Authenticator.objects.create(user=ann, type=kind, data={})
    return ann


def test_the_operator_takes_second_factors_away(locked_out, desk, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: " Ann@Northwind.example ")
    said = StringIO()
    call_command("reset_second_factors", "ANN@northwind.example", stdout=said)
    assert "2 second factors taken away, 1 session ended" in said.getvalue()
    assert not Authenticator.objects.exists()
    assert desk.get("/brands/").status_code == 302
    assert mail.outbox[-1].to == [locked_out.email]
    assert "taken away the second factors" in mail.outbox[-1].body


@pytest.mark.parametrize("answer", ["", "yes", "ann"])
def test_the_operator_is_asked_first(locked_out, monkeypatch, answer):
    monkeypatch.setattr("builtins.input", lambda _: answer)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("reset_second_factors", locked_out.email, stdout=StringIO())
    assert Authenticator.objects.count() == 3


def test_an_address_that_nobody_has_is_said(db):
    with pytest.raises(CommandError, match="Nobody signs in"):
        call_command("reset_second_factors", "nobody@nowhere.example", "--yes")
