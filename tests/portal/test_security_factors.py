"""Second factors: added, asked for, spent once, removed, and kept under the installation's key."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from brands.models import User
from brands.sealing import unseal
from tests.portal.test_pages_entrance import sign_in

ADD_APP = "mfa_activate_totp"
HOSTILE = ["", "[]", "1", '"x"', "null", "{}", '{"response": 1}', "[" * 9_000, "x" * 40_000]
HOSTILE += [f'{{"response": {{"clientDataJSON": "{made}"}}}}' for made in ("", "e30", "!", "bnVs")]


def code_at(secret: str, seconds: float = 0) -> str:
    counter = int((time.time() + seconds) // 30)
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def waiting_secret(client: Client) -> str:
    return unseal(client.session[totp.SECRET_SESSION_KEY].encode())


def add_app(client: Client) -> str:
    """The secret of an app that the signed-in person has just added."""
    client.get(reverse(ADD_APP))
    secret = waiting_secret(client)
    client.post(reverse(ADD_APP), {"code": code_at(secret)})
    return secret


def factors(user: User) -> set[str]:
    return set(Authenticator.objects.filter(user=user).values_list("type", flat=True))


@pytest.fixture
def secret(client, ann) -> str:
    """Ann has an app, whose first code of this half minute is unused, and is signed out."""
    sign_in(client)
    secret = add_app(client)
    client.post(reverse("account_logout"))
    cache.clear()
    mail.outbox.clear()
    return secret


@pytest.fixture
def codes(secret, ann) -> list[str]:
    return Authenticator.objects.get(user=ann, type="recovery_codes").wrap().get_unused_codes()


def test_an_app_is_added_with_a_code_and_recovery_codes_come_along(client, ann):
    sign_in(client)
    page = client.get(reverse(ADD_APP))
    secret = waiting_secret(client)
    assert "data:image/svg+xml;base64," in page.text
    assert secret[:4] in page.text
    wrong = client.post(reverse(ADD_APP), {"code": "000000"})
    assert "This code is not right" in wrong.text
    assert waiting_secret(client) == secret
    done = client.post(reverse(ADD_APP), {"code": code_at(secret)})
    assert done.url == reverse("mfa_view_recovery_codes")
    assert factors(ann) == {"totp", "recovery_codes"}
    assert totp.SECRET_SESSION_KEY not in client.session


def test_what_is_stored_of_a_factor_is_sealed(client, ann, secret):
    for factor in Authenticator.objects.filter(user=ann):
        kept = factor.data.get("secret") or factor.data["seed"]
        assert unseal(kept.encode())
    assert secret not in f"{[each.data for each in Authenticator.objects.all()]}"


def test_a_secret_that_waits_for_its_first_code_is_sealed_as_well(client, ann):
    sign_in(client)
    client.get(reverse(ADD_APP))
    assert waiting_secret(client) not in f"{dict(client.session)}"


def test_signing_in_asks_for_the_second_factor(client, secret, brand):
    assert sign_in(client).url == reverse("mfa_authenticate")
    assert client.get("/brands/").status_code == 302
    assert "One more step" in client.get(reverse("mfa_authenticate")).text
    wrong = client.post(reverse("mfa_authenticate"), {"code": "12"})
    assert "This code is not right" in wrong.text
    assert client.post(reverse("mfa_authenticate"), {"code": code_at(secret)}).url == "/"
    assert client.get("/brands/").status_code == 200


def test_the_operators_desk_asks_for_it_as_well(client, ann, secret):
    User.objects.filter(pk=ann.pk).update(is_staff=True, is_superuser=True)
    to_sign_in = client.get("/admin/", follow=True)
    assert to_sign_in.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert sign_in(client, next="/admin/").url == reverse("mfa_authenticate")
    assert client.get("/admin/").status_code == 302
    after = client.post(reverse("mfa_authenticate"), {"code": code_at(secret)})
    assert after.url == "/admin/"


def test_a_code_of_the_app_is_good_once_even_while_the_cache_is_away(client, secret):
    sign_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_at(secret)})
    client.post(reverse("account_logout"))
    cache.clear()
    sign_in(client)
    again = client.post(reverse("mfa_authenticate"), {"code": code_at(secret)})
    assert "This code is not right" in again.text
    older = client.post(reverse("mfa_authenticate"), {"code": code_at(secret, -30)})
    assert "This code is not right" in older.text
    newer = client.post(reverse("mfa_authenticate"), {"code": code_at(secret, +30)})
    assert newer.url == "/"


def test_a_recovery_code_is_good_once(client, secret, codes):
    for expected in (302, 200):
        sign_in(client)
        answer = client.post(reverse("mfa_authenticate"), {"code": codes[0]})
        assert answer.status_code == expected
        client.post(reverse("account_logout"))


def test_a_guesser_of_codes_is_stopped_even_when_the_last_guess_is_right(client, secret):
    sign_in(client)
    for guess in range(5):
        client.post(reverse("mfa_authenticate"), {"code": f"{guess:06}"})
    last = client.post(reverse("mfa_authenticate"), {"code": code_at(secret)})
    assert "Too many attempts" in last.text
    assert client.get("/brands/").status_code == 302


def test_recovery_codes_are_shown_once(client, ann, secret, codes):
    sign_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_at(secret)})
    first = client.get(reverse("mfa_view_recovery_codes"))
    assert all(code in first.text for code in codes)
    assert f"{codes[0]}%0A" in first.text
    second = client.get(reverse("mfa_view_recovery_codes"))
    assert not any(code in second.text for code in codes)
    assert "10 of 10 codes are left" in second.text
    client.post(reverse("mfa_generate_recovery_codes"))
    third = client.get(reverse("mfa_view_recovery_codes"))
    assert "this once" in third.text
    assert not any(code in third.text for code in codes)


def test_a_factor_is_removed_after_a_question_and_told_by_mail(client, ann, secret):
    sign_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_at(secret)})
    assert "Remove the authenticator app?" in client.get(reverse("mfa_deactivate_totp")).text
    assert factors(ann) == {"totp", "recovery_codes"}
    client.post(reverse("mfa_deactivate_totp"))
    assert factors(ann) == set()
    assert [each.subject.rpartition("] ")[2] for each in mail.outbox] == [
        "Your authenticator app was removed"
    ]
    assert mail.outbox[0].to == [ann.email]


@pytest.mark.django_db(transaction=True)
def test_adding_a_factor_is_told_by_mail(client, ann):
    sign_in(client)
    add_app(client)
    told = mail.outbox[-1]
    assert "An authenticator app was added" in told.subject
    assert "127.0.0.1" in told.body
    assert "If this was not you" in told.body


@pytest.mark.parametrize("name", [ADD_APP, "mfa_add_webauthn"])
def test_changing_factors_asks_again_who_it_is(client, ann, name):
    client.force_login(ann)
    assert client.get(reverse(name)).url.startswith(reverse("account_reauthenticate"))


@pytest.mark.parametrize("credential", HOSTILE, ids=range(len(HOSTILE)))
def test_a_passkey_that_no_browser_made_is_refused_in_words(client, ann, credential):
    client.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    answer = client.post(reverse("mfa_login_webauthn"), {"credential": credential, "next": "/x/"})
    assert answer.url == f"{reverse('account_login')}?next=%2Fx%2F"
    sign_in(client)
    client.get(reverse("mfa_add_webauthn"))
    page = client.post(reverse("mfa_add_webauthn"), {"credential": credential, "name": "Mine\0"})
    assert page.status_code == 200
    assert "not added yet" in page.text
    assert factors(ann) == set()


def test_a_challenge_for_passkeys_is_not_given_without_end(client, db):
    ask = {"accept": "application/json"}
    asked = [client.get(reverse("mfa_login_webauthn"), headers=ask) for _ in range(31)]
    assert "challenge" in asked[0].json()["request_options"]["publicKey"]
    assert asked[0].json()["request_options"]["publicKey"]["rpId"] == "localhost"
    assert [each.status_code for each in asked] == [200] * 30 + [429]


@pytest.mark.parametrize("name", ["mfa_edit_webauthn", "mfa_remove_webauthn"])
def test_another_persons_passkey_is_not_there(client, ann, stranger, name):
    theirs = Authenticator.objects.create(
        user=stranger, type="webauthn", data={"name": "theirs", "credential": {}}
    )
    sign_in(client)
    for method in (client.get, client.post):
        assert method(reverse(name, args=[theirs.pk]), {"name": "mine"}).status_code == 404
    assert Authenticator.objects.get(pk=theirs.pk).data["name"] == "theirs"


def test_a_key_that_has_changed_is_said_and_is_no_crash(client, ann, secret, settings):
    settings.SECRET_KEY = "another key"
    settings.SECRET_KEY_FALLBACKS = []
    sign_in(client)
    page = client.post(reverse("mfa_authenticate"), {"code": code_at(secret)})
    assert "Tell the operator" in page.text
