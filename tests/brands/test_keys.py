import re
import string
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from hypothesis import given
from hypothesis import strategies as st

from brands import queries, services
from brands.models import ApiKey
from brands.services import keys
from tests.brands.conftest import NOON

ALPHABET = string.digits + string.ascii_letters


@pytest.fixture
def made(acme, olga):
    return services.create_key(
        brand=acme, name=" Shop ", scopes=["events:write", "events:read"], by=olga, now=NOON
    )


@pytest.fixture(autouse=True)
def forget_uses():
    keys.noted.clear()


def test_a_key_can_be_recognised():
    secret = keys.new_secret()
    assert re.fullmatch(r"rsk_[0-9A-Za-z]{49}", secret)
    assert services.looks_like_key(secret)
    assert len({keys.new_secret() for _ in range(200)}) == 200


@pytest.mark.parametrize("number", [0, 2**256 - 1], ids=["least", "greatest"])
def test_every_number_has_the_same_length_and_one_form(number):
    text = keys.base62(number, keys.RANDOM_DIGITS)
    assert len(text) == 43
    back = 0
    for char in text:
        back = back * 62 + keys.ALPHABET.index(char)
    assert back == number


@given(place=st.integers(4, 52), char=st.sampled_from(ALPHABET))
def test_a_wrong_character_is_noticed(place, char):
    secret = keys.new_secret()
    typo = secret[:place] + char + secret[place + 1 :]
    assert services.looks_like_key(typo) == (typo == secret)


@given(st.text(max_size=60))
def test_any_text_can_be_looked_at_and_hashed(text):
    assert not services.looks_like_key(text)
    assert len(services.key_digest(text)) == 32


def test_a_secret_is_in_no_table(made, acme):
    assert made.secret[4:] not in str(ApiKey.objects.filter(pk=made.key.pk).values())
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(k)::text FROM brands_apikey k")
        assert made.secret[4:47] not in cursor.fetchone()[0]
    assert (made.key.name, made.key.last_four) == ("Shop", made.secret[-4:])
    assert queries.brand_id_of_key(services.key_digest(made.secret)) == acme.pk
    assert queries.brand_id_of_key(services.key_digest(made.secret + "x")) is None
    assert made.secret not in repr(made.key)


@pytest.mark.parametrize(
    ("name", "scopes", "says"),
    [
        ("", ["events:write"], "name"),
        (" ", ["events:write"], "name"),
        ("x" * 81, ["events:write"], "80"),
        ("Shop", [], "at least one"),
        ("Shop", ["events:write", "money:print"], "money:print"),
    ],
)
def test_a_key_that_makes_no_sense_is_explained(acme, name, scopes, says):
    with pytest.raises(services.InvalidKey, match=says):
        services.create_key(brand=acme, name=name, scopes=scopes, by=None, now=NOON)


def test_a_rotated_key_lives_on_for_a_day(made, acme, olga):
    new = services.rotate_key(key=made.key, by=olga, now=NOON)
    facts = queries.brand_facts(brand_id=acme.pk)
    assert facts is not None
    assert [(each.digest, each.expires_at) for each in facts.keys] == [
        (services.key_digest(made.secret), NOON + timedelta(hours=24)),
        (services.key_digest(new.secret), None),
    ]
    assert (new.key.name, new.key.scopes) == (made.key.name, made.key.scopes)
    assert made.key.expires_at == NOON + timedelta(hours=24)
    with pytest.raises(services.KeyEnds, match="replaces it"):
        services.rotate_key(key=made.key, by=olga, now=NOON)


def test_an_ended_key_is_not_rotated(made):
    services.rotate_key(key=made.key, by=None, now=NOON, overlap=timedelta(0))
    with pytest.raises(services.KeyEnds, match="has ended"):
        services.rotate_key(key=made.key, by=None, now=NOON)


def test_revoking_twice_keeps_the_first_date(made):
    services.revoke_key(key=made.key, by=None, now=NOON)
    services.revoke_key(key=made.key, by=None, now=NOON + timedelta(days=1))
    assert made.key.revoked_at == NOON
    with pytest.raises(services.KeyEnds, match="has ended"):
        services.rotate_key(key=made.key, by=None, now=NOON)


def test_use_is_noted_once_in_five_minutes(made, django_assert_num_queries):
    def use(seconds: int, queries_expected: int) -> None:
        with django_assert_num_queries(queries_expected):
            services.mark_key_used(key_id=made.key.pk, now=NOON + timedelta(seconds=seconds))

    use(0, 1)
    use(1, 0)
    use(299, 0)
    use(300, 1)
    made.key.refresh_from_db()
    assert made.key.last_used_at == NOON + timedelta(seconds=300)


def test_an_older_use_does_not_overwrite_a_newer_one(made):
    services.mark_key_used(key_id=made.key.pk, now=NOON)
    services.mark_key_used(key_id=made.key.pk, now=NOON - timedelta(hours=1))
    made.key.refresh_from_db()
    assert made.key.last_used_at == NOON


def test_a_use_that_cannot_be_noted_fails_nothing(made, caplog):
    def refuse(*_: object) -> None:
        raise OperationalError("the server is away")

    with connection.execute_wrapper(refuse):
        services.mark_key_used(key_id=made.key.pk, now=NOON)
    assert "not noted" in caplog.text


def test_a_form_makes_one_key_however_often_it_is_sent(acme, olga):
    form = uuid4()
    args = {"brand": acme, "name": "Shop", "scopes": ["events:write"], "by": olga, "now": NOON}
    services.create_key(**args, form=form)
    with pytest.raises(services.KeyMadeAlready, match="rotate the key"):
        services.create_key(**args, form=form)
    services.create_key(**args, form=uuid4())
    assert acme.api_keys.count() == 2


def test_what_is_done_to_keys_is_noted_without_the_secret(made, acme, olga):
    new = services.rotate_key(key=made.key, by=olga, now=NOON)
    services.revoke_key(key=new.key, by=olga, now=NOON)
    services.revoke_key(key=new.key, by=olga, now=NOON)
    entries = list(acme.audit_entries.filter(action__startswith="key.").order_by("pk"))
    assert [each.action for each in entries] == ["key.created", "key.rotated", "key.revoked"]
    assert entries[1].before == {"key": f"…{made.secret[-4:]}"}
    assert entries[1].after["key"] == f"…{new.secret[-4:]}"
    told = " ".join(f"{each.subject} {each.before} {each.after}" for each in entries)
    assert made.secret[:-4] not in told
    assert new.secret[:-4] not in told
