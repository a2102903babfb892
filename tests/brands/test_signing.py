import base64
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from brands import queries, services
from brands.models import SigningSecret
from brands.sealing import CannotUnseal, seal, unseal
from tests.brands.conftest import NOON

OTHER = "another-key-altogether-0123456789-0123456789-0123456789"


@pytest.fixture
def made(acme, olga):
    return services.create_signing_secret(brand=acme, by=olga, now=NOON)


def test_a_secret_is_one_that_standard_webhooks_takes(made):
    assert made.secret.startswith("whsec_")
    assert len(base64.b64decode(made.secret.removeprefix("whsec_"))) == 32
    Webhook(made.secret)


def test_a_secret_is_sealed_in_the_database(made):
    stored = bytes(SigningSecret.objects.get().encrypted)
    assert made.secret.encode() not in stored
    assert services.signing_secret(SigningSecret.objects.get()) == made.secret
    assert made.secret.rstrip("=").endswith(made.row.last_four)


def test_the_same_secret_is_never_sealed_alike():
    assert seal("whsec_x") != seal("whsec_x")


def test_a_second_first_secret_is_refused(made, acme):
    with pytest.raises(services.SigningSecretExists, match="Rotate"):
        services.create_signing_secret(brand=acme, by=None, now=NOON)


def test_two_are_active_for_a_day(made, acme):
    new = services.rotate_signing_secret(brand=acme, by=None, now=NOON)
    facts = queries.brand_facts(brand_id=acme.pk)
    assert facts is not None
    assert [(each.secret, each.expires_at) for each in facts.secrets] == [
        (made.secret, NOON + timedelta(hours=24)),
        (new.secret, None),
    ]


def test_a_third_waits_until_the_first_has_ended(made, acme):
    services.rotate_signing_secret(brand=acme, by=None, now=NOON)
    almost = NOON + timedelta(hours=24, seconds=-1)
    with pytest.raises(services.RotationUnderWay, match="2026-03-03 12:00 UTC"):
        services.rotate_signing_secret(brand=acme, by=None, now=almost)
    services.rotate_signing_secret(brand=acme, by=None, now=NOON + timedelta(hours=24))
    assert not SigningSecret.objects.filter(pk=made.row.pk).exists()
    assert SigningSecret.objects.count() == 2


def test_a_leaked_secret_can_be_ended_at_once(made, acme):
    services.rotate_signing_secret(brand=acme, by=None, now=NOON)
    services.end_signing_secret(row=made.row, by=None, now=NOON)
    newest = services.rotate_signing_secret(brand=acme, by=None, now=NOON, overlap=timedelta(0))
    assert SigningSecret.objects.filter(expires_at=None).get() == newest.row


def test_rotating_nothing_makes_the_first(acme):
    assert services.rotate_signing_secret(brand=acme, by=None, now=NOON).row.expires_at is None


def test_a_former_key_still_opens_what_it_sealed(settings):
    sealed = seal("whsec_x")
    settings.SECRET_KEY, former = OTHER, settings.SECRET_KEY
    with pytest.raises(CannotUnseal, match="SECRET_KEY_FALLBACKS"):
        unseal(sealed)
    settings.SECRET_KEY_FALLBACKS = [former]
    assert unseal(sealed) == "whsec_x"
    newly = seal("whsec_y")
    settings.SECRET_KEY_FALLBACKS = []
    assert unseal(memoryview(newly)) == "whsec_y"


@pytest.mark.parametrize("place", [0, 9, 30, -1])
def test_what_was_tampered_with_is_not_opened(place):
    sealed = bytearray(seal("whsec_x"))
    sealed[place] ^= 1
    with pytest.raises(CannotUnseal):
        unseal(bytes(sealed))


def test_a_pseudonym_is_stable_and_keyed(settings):
    name = services.pseudonym("wallet", 1, 25)
    assert len(name) == 32
    assert int(name, 16)
    assert name == services.pseudonym("wallet", "1", "25")
    others = {
        services.pseudonym("wallet", 12, 5),
        services.pseudonym("wallet", 1, 2, 5),
        services.pseudonym("wallet1", 25),
        services.pseudonym("address", 1, 25),
        services.pseudonym("wallet"),
    }
    assert len({name} | others) == 6
    settings.SECRET_KEY = OTHER
    assert services.pseudonym("wallet", 1, 25) != name


def test_a_pseudonym_can_be_had_of_any_text():
    assert services.pseudonym("email", "\ud800\x00é") != services.pseudonym("email", "\ud801\x00é")


def test_what_is_done_to_signing_secrets_is_noted(made, acme, olga):
    new = services.rotate_signing_secret(brand=acme, by=olga, now=NOON)
    services.end_signing_secret(row=made.row, by=olga, now=NOON)
    entries = list(acme.audit_entries.filter(action__startswith="signing").order_by("pk"))
    assert [each.action for each in entries] == [
        "signing_secret.created",
        "signing_secret.rotated",
        "signing_secret.ended",
    ]
    assert entries[1].after["secret"] == f"…{new.row.last_four}"
    assert entries[2].subject == f"…{made.row.last_four}"
