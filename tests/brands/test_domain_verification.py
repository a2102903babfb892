"""A host is proved by its DNS or by a file on it: asked of a real DNS server and a real web server."""

import pytest

from brands import outgoing, queries, services
from brands.models import AuditEntry, Domain
from brands.services import verification
from tests.brands.conftest import NOON
from tests.brands.name_server import BROKEN, SILENT, name_server
from tests.brands.outgoing.receiver import answer, receiving

NAME = "_resonance.shop.acme.example"


@pytest.fixture
def dns(settings):
    with name_server() as server:
        settings.RESONANCE_DNS_SERVERS = [server.address]
        yield server


@pytest.fixture
def domain(acme) -> Domain:
    return services.add_domain(brand=acme, entry="shop.acme.example", by=None, now=NOON)


def by_dns(domain: Domain, by=None) -> None:
    services.verify_by_dns(domain=domain, by=by, now=NOON)


def record(domain: Domain) -> str:
    return services.verification_record(domain)[1]


def test_the_record_says_what_to_put_where(acme, rival, domain):
    name, text = services.verification_record(domain)
    assert name == NAME
    assert text == f"resonance-verify={services.verification_token(domain)}"
    star = services.add_domain(brand=acme, entry="*.shop.acme.example", by=None, now=NOON)
    theirs = services.add_domain(brand=rival, entry="shop.acme.example", by=None, now=NOON)
    elsewhere = services.add_domain(brand=acme, entry="acme.example", by=None, now=NOON)
    assert services.verification_record(star) == (name, text)
    assert len({record(each) for each in (domain, theirs, elsewhere)}) == 3


def test_a_removed_domain_that_comes_back_has_the_same_token(acme, domain):
    before = services.verification_token(domain)
    services.remove_domain(domain=domain, by=None, now=NOON)
    again = services.add_domain(brand=acme, entry="shop.acme.example", by=None, now=NOON)
    assert services.verification_token(again) == before


def test_a_txt_record_proves_a_host(dns, acme, domain, olga):
    dns.texts[NAME] = ["v=spf1 -all", record(domain)]
    by_dns(domain, by=olga)
    assert domain.verified_at == NOON
    assert queries.brand_id_of_verified_host("shop.acme.example") == acme.pk
    entry = AuditEntry.objects.get(action="domain.verified")
    assert (entry.by, entry.subject, entry.after) == (olga, "shop.acme.example", {"way": "dns"})


def test_a_txt_record_above_proves_every_name_below(dns, acme):
    star = services.add_domain(brand=acme, entry="*.acme.example", by=None, now=NOON)
    dns.texts["_resonance.acme.example"] = [record(star)]
    by_dns(star)
    assert queries.brand_id_of_verified_host("any.acme.example") == acme.pk
    assert queries.brand_id_of_verified_host("acme.example") is None


@pytest.mark.parametrize("text", ["{token}", " resonance-verify={token} "])
def test_a_record_is_read_as_people_write_it(dns, domain, text):
    dns.texts[NAME] = [text.format(token=services.verification_token(domain))]
    by_dns(domain)
    assert domain.verified_at


def test_a_token_that_was_published_under_a_former_secret_key_still_proves(dns, domain, settings):
    dns.texts[NAME] = [record(domain)]
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-key-of-the-installation-0123456789"
    assert record(domain) not in dns.texts[NAME]
    by_dns(domain)
    assert domain.verified_at


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (None, "There is no TXT record at _resonance.shop.acme.example yet"),
        ([], "There is no TXT record"),
        (["resonance-verify="], "has “resonance-verify=” instead"),
        (["resonance-verify=0123"], "has “resonance-verify=0123” instead"),
        (["a", "b", "c", "d", "e"], "“a”, “b”, “c” and 2 more"),
        (["x" * 200], "xxx…”"),
    ],
    ids=["no name", "no record", "empty", "wrong", "many", "long"],
)
def test_what_is_missing_is_said(dns, domain, texts, says):
    dns.texts[NAME] = texts
    with pytest.raises(services.NotVerified, match=says):
        by_dns(domain)
    domain.refresh_from_db()
    assert domain.verified_at is None


def test_another_brands_token_proves_nothing(dns, rival, domain):
    theirs = services.add_domain(brand=rival, entry="shop.acme.example", by=None, now=NOON)
    dns.texts[NAME] = [record(theirs)]
    with pytest.raises(services.NotVerified):
        by_dns(domain)


@pytest.mark.parametrize("trouble", [SILENT, BROKEN], ids=["silent", "broken"])
def test_a_server_that_does_not_answer_is_no_answer(dns, domain, trouble, monkeypatch):
    monkeypatch.setattr(verification, "SECONDS", 0.3)
    dns.texts[NAME] = trouble
    with pytest.raises(services.CannotLook, match="did not answer"):
        by_dns(domain)


def test_a_host_that_another_brand_has_proved_is_taken(dns, rival, domain):
    theirs = services.add_domain(brand=rival, entry="shop.acme.example", by=None, now=NOON)
    dns.texts[NAME] = [record(theirs), record(domain)]
    by_dns(theirs)
    with pytest.raises(services.DomainTaken, match="Another brand"):
        by_dns(domain)


def fetch_from(receiver):
    """The same request, sent to the server on this machine."""

    def fetch(url: str) -> outgoing.Reply:
        assert url == "https://shop.acme.example/.well-known/resonance-verify.txt"
        return outgoing.get(f"http://{receiver.host}{url[len('https://shop.acme.example') :]}")

    return fetch


def by_file(domain: Domain, settings, behave) -> None:
    with receiving(behave) as receiver:
        settings.RESONANCE_OUTGOING_INSECURE_HOSTS = [receiver.host]
        services.verify_by_file(domain=domain, by=None, now=NOON, fetch=fetch_from(receiver))


@pytest.mark.parametrize(
    "text", ["{token}", "{token}\r\n", "\ufeffresonance-verify={token}\n", "# ours\n{token}"]
)
def test_a_file_proves_a_host(acme, domain, settings, text):
    by_file(domain, settings, answer(text.format(token=services.verification_token(domain))))
    assert queries.brand_id_of_verified_host("shop.acme.example") == acme.pk
    assert AuditEntry.objects.get(action="domain.verified").after == {"way": "file"}


@pytest.mark.parametrize(
    ("behave", "says"),
    [
        (answer("<!doctype html><h1>Shop</h1>"), "the token is not in it"),
        (answer("", status="404 Not Found"), "answers 404 instead"),
        (answer("", status="302 Found", headers="Location: https://evil.example/\r\n"), "leads on to https://evil"),
        (answer("x" * 5_000 + "\n"), "the token is not in it"),
    ],
    ids=["a page", "nothing", "a redirect", "long"],
)  # fmt: skip
def test_what_is_wrong_with_the_file_is_said(domain, settings, behave, says):
    with pytest.raises(services.NotVerified, match=says):
        by_file(domain, settings, behave)


def test_a_host_inside_our_own_network_is_not_asked(acme):
    inside = services.add_domain(brand=acme, entry="inside.example", by=None, now=NOON)

    def fetch(url: str) -> outgoing.Reply:
        return outgoing.get(url, resolve=lambda _name, _seconds: ["10.0.0.1"])

    with pytest.raises(services.CannotLook, match="not a public address"):
        services.verify_by_file(domain=inside, by=None, now=NOON, fetch=fetch)


def test_a_file_proves_no_star(acme):
    star = services.add_domain(brand=acme, entry="*.acme.example", by=None, now=NOON)
    assert services.verification_url(star) is None
    with pytest.raises(services.NotVerified, match="by DNS"):
        services.verify_by_file(domain=star, by=None, now=NOON)


def test_everybodys_own_machine_is_not_verified(acme):
    here = services.add_domain(brand=acme, entry="localhost", by=None, now=NOON)
    assert not services.can_be_verified(here)
