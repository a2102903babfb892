"""The version under which processes cache a brand, and what the database refuses."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from brands import queries, services
from brands.models import ApiKey, Brand, Domain, Membership, SigningSecret
from tests.brands.conftest import NOON


def version(brand: Brand) -> int:
    found = queries.current_version(brand.pk)
    assert found is not None
    return found


def sql(statement: str, *params: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


@pytest.fixture
def key(acme):
    return services.create_key(brand=acme, name="k", scopes=["events:write"], by=None, now=NOON).key


@pytest.fixture
def domain(acme):
    return services.add_domain(brand=acme, entry="acme.example", by=None, now=NOON)


@pytest.fixture
def secret(acme):
    return services.create_signing_secret(brand=acme, by=None, now=NOON).row


CHANGES = {
    "renamed": lambda b: services.change_brand(brand=b, by=None, now=NOON, name="Acme & Sons"),
    "another time zone": lambda b: services.change_brand(
        brand=b, by=None, now=NOON, time_zone="Asia/Tokyo"
    ),
    "another bound": lambda b: services.change_brand(
        brand=b, by=None, now=NOON, open_new_wallets_hourly=5
    ),
    "suspended": lambda b: services.suspend_brand(brand=b, by=None, now=NOON),
    "domain added": lambda b: services.add_domain(brand=b, entry="x.example", by=None, now=NOON),
    "domain verified": lambda b: services.mark_domain_verified(
        domain=b.domains.get(), by=None, now=NOON
    ),
    "domain removed": lambda b: services.remove_domain(domain=b.domains.get(), by=None, now=NOON),
    "key made": lambda b: services.create_key(
        brand=b, name="n", scopes=["events:read"], by=None, now=NOON
    ),
    "key rotated": lambda b: services.rotate_key(key=b.api_keys.get(), by=None, now=NOON),
    "key revoked": lambda b: services.revoke_key(key=b.api_keys.get(), by=None, now=NOON),
    "secret rotated": lambda b: services.rotate_signing_secret(brand=b, by=None, now=NOON),
    "secret ended": lambda b: services.end_signing_secret(
        row=b.signing_secrets.get(), by=None, now=NOON
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.usefixtures("key", "domain", "secret")
def test_every_change_that_a_call_must_notice_raises_the_version(acme, rival, change):
    before, elsewhere = version(acme), version(rival)
    change(acme)
    assert version(acme) > before
    assert version(rival) == elsewhere


STATEMENTS = [
    "UPDATE brands_brand SET rate_address = 1",
    "UPDATE brands_brand SET status = 'SUSPENDED'",
    """INSERT INTO brands_domain (brand_id, host, subdomains, created_at)
       SELECT id, 'y.example', false, now() FROM brands_brand""",
    "UPDATE brands_domain SET verified_at = now()",
    "DELETE FROM brands_domain",
    "UPDATE brands_apikey SET scopes = '{}'",
    "UPDATE brands_apikey SET scopes = '{}', last_used_at = now()",
    "UPDATE brands_apikey SET revoked_at = now()",
    "DELETE FROM brands_apikey",
    "UPDATE brands_signingsecret SET expires_at = now()",
    "DELETE FROM brands_signingsecret",
]


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.usefixtures("key", "domain", "secret")
def test_so_does_a_change_by_plain_sql(acme, statement):
    before = version(acme)
    sql(statement)
    assert version(acme) == before + 1


@pytest.mark.usefixtures("key", "domain", "secret")
def test_what_no_call_reads_leaves_the_version(acme, olga, key):
    before = version(acme)
    services.mark_key_used(key_id=key.pk, now=NOON)
    sql("UPDATE brands_apikey SET last_used_at = now()")
    sql("UPDATE brands_brand SET name = name")
    services.change_brand(brand=acme, by=None, now=NOON, name=acme.name)
    services.resume_brand(brand=acme, by=None, now=NOON)
    services.create_user(email="new@acme.example", password=None, now=NOON)
    olga.name = "Olga"
    olga.save()
    assert version(acme) == before


def test_saving_a_stale_object_never_takes_the_version_back(acme):
    stale = Brand.objects.get(pk=acme.pk)
    services.change_brand(brand=acme, by=None, now=NOON, name="Second")
    services.change_brand(brand=acme, by=None, now=NOON, name="Third")
    raised = version(acme)
    stale.name = "Third"
    stale.save()
    assert version(acme) == raised
    stale.name = "Fourth"
    stale.save()
    assert version(acme) == raised + 1
    sql("UPDATE brands_brand SET config_version = 1")
    assert version(acme) == raised + 1


def test_a_domain_that_moves_to_another_brand_raises_both(acme, rival, domain):
    before = version(acme), version(rival)
    Domain.objects.filter(pk=domain.pk).update(brand=rival)
    assert (version(acme), version(rival)) == (before[0] + 1, before[1] + 1)


def test_other_apps_can_touch_a_brand(acme):
    before = version(acme)
    sql("SELECT brands_touch(%s)", acme.pk)
    assert version(acme) == before + 1


def test_a_brand_is_never_deleted(acme):
    with pytest.raises(IntegrityError, match="suspend it"), transaction.atomic():
        sql("DELETE FROM brands_brand")
    with pytest.raises(ProtectedError):
        acme.delete()
    assert Brand.objects.filter(pk=acme.pk).exists()


@pytest.mark.parametrize(
    "statement", ["DELETE FROM brands_membership", "UPDATE brands_membership SET role = 'ANALYST'"]
)
@pytest.mark.usefixtures("acme")
def test_the_database_keeps_an_owner_too(statement):
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="needs an owner"), transaction.atomic():
        sql(statement)


def test_an_owner_can_hand_over_in_any_order(acme, olga, dan):
    successor = services.add_member(brand=acme, user=dan, role="ANALYST", now=NOON)
    with transaction.atomic():
        Membership.objects.filter(user=olga).delete()
        Membership.objects.filter(pk=successor.pk).update(role="OWNER")
        connection.check_constraints()
    assert queries.team_of(acme).get().user == dan


@pytest.mark.usefixtures("key", "domain", "secret")
def test_the_facts_are_what_was_configured(acme, key, django_assert_num_queries):
    services.add_domain(brand=acme, entry="*.shop.example", by=None, now=NOON)
    services.rotate_signing_secret(brand=acme, by=None, now=NOON)
    with django_assert_num_queries(4):
        facts = queries.brand_facts(brand_id=acme.pk)
    assert facts is not None
    assert facts.version == version(acme)
    assert (facts.id, facts.public_id, facts.slug, facts.active) == (
        acme.pk,
        acme.public_id,
        "acme",
        True,
    )
    assert facts.domains == (
        queries.DomainFacts(host="acme.example", subdomains=False, verified=False),
        queries.DomainFacts(host="shop.example", subdomains=True, verified=False),
    )
    assert [(each.id, each.digest, each.scopes) for each in facts.keys] == [
        (key.pk, bytes(key.digest), frozenset({"events:write"}))
    ]
    assert [each.expires_at for each in facts.secrets] == [NOON + timedelta(hours=24), None]
    assert all(each.secret.startswith("whsec_") for each in facts.secrets)


def test_a_suspended_brand_has_facts_that_say_so(acme):
    services.suspend_brand(brand=acme, by=None, now=NOON)
    facts = queries.brand_facts(brand_id=acme.pk)
    assert facts is not None
    assert not facts.active
    services.resume_brand(brand=acme, by=None, now=NOON)
    facts = queries.brand_facts(brand_id=acme.pk)
    assert facts is not None
    assert facts.active


@pytest.mark.django_db
def test_there_are_no_facts_without_a_brand():
    assert queries.brand_facts(brand_id=987) is None
    assert queries.current_version(987) is None


def test_a_change_while_the_facts_are_read_leaves_them_stale(acme, key, monkeypatch):
    """The version belongs to the first query; what comes after may be newer, never older."""
    read = queries.secret_facts

    def revoke_meanwhile(brand):
        services.revoke_key(key=key, by=None, now=NOON)
        return read(brand)

    monkeypatch.setattr(queries, "secret_facts", revoke_meanwhile)
    facts = queries.brand_facts(brand_id=acme.pk)
    assert facts is not None
    assert facts.version < version(acme)


def test_a_revoked_key_is_in_no_facts_whatever_the_clock(acme, key):
    services.revoke_key(key=key, by=None, now=NOON + timedelta(days=365))
    facts = queries.brand_facts(brand_id=acme.pk)
    assert facts is not None
    assert facts.keys == ()
    assert queries.brand_id_of_key(bytes(key.digest)) is None
    assert ApiKey.objects.filter(pk=key.pk).exists()


def test_a_secret_that_cannot_be_opened_does_not_close_the_brand(acme, secret, settings, caplog):
    settings.SECRET_KEY = "another-key-altogether-0123456789-0123456789-0123456789"
    facts = queries.brand_facts(brand_id=acme.pk)
    assert facts is not None
    assert facts.secrets == ()
    assert "signing secret cannot be opened" in caplog.text
    assert SigningSecret.objects.filter(pk=secret.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_changes_at_once_are_all_counted(acme):
    before = version(acme)

    def add(n: int) -> None:
        try:
            services.add_domain(brand=acme, entry=f"shop-{n}.example", by=None, now=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(32)))
    assert version(acme) == before + 32
