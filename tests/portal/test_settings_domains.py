"""Domains: listed, proved against a real DNS server, removed."""

import pytest
from django.urls import reverse

from brands import outgoing
from brands import services as brands
from brands.models import AuditEntry, Domain
from tests.brands.name_server import name_server
from tests.portal.conftest import NOON

PAGE = "/b/northwind/settings/domains/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def dns(settings):
    with name_server() as server:
        settings.RESONANCE_DNS_SERVERS = [server.address]
        yield server


@pytest.fixture
def domain(brand) -> Domain:
    return brands.add_domain(brand=brand, entry="shop.example", by=None, now=NOON)


def page(domain: Domain) -> str:
    return reverse("portal:domain", args=["northwind", domain.pk])


def test_an_empty_list_says_what_a_domain_is_for(as_ann):
    assert "No domain yet" in as_ann.get(PAGE).text


@pytest.mark.parametrize(
    ("typed", "entry"),
    [("shop.example", "shop.example"), ("*.Shop.Example.", "*.shop.example"), ("bücher.example", "xn--bcher-kva.example"), ("localhost:3000", "localhost")],
)  # fmt: skip
def test_a_domain_is_added_and_shown_how_to_prove_it(as_ann, ann, typed, entry):
    answer = as_ann.post(PAGE, {"entry": typed}, follow=True)
    assert f"{entry} is in the list" in answer.text
    noted = AuditEntry.objects.get()
    assert (noted.action, noted.subject, noted.by) == ("domain.added", entry, ann)
    assert entry in as_ann.get(PAGE).text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Enter a domain such as"),
        ("shop.example", "in the list already"),
        ("https://ann@shop.example/", "Enter the host alone"),
        ("https://shop.example/", "in the list already"),
        ("*.co.uk", "everybody else"),
        ("10.0.0.1", "Enter a name, not an IP address"),
        ("<script>", "Enter the host alone"),
        ("a\x00b", "Null characters"),
        ("x" * 10_000, "at most 260"),
        ("\u202eshop.example", "Enter the host alone"),
    ],
)
@pytest.mark.usefixtures("domain")
def test_what_is_no_domain_is_explained(as_ann, typed, says):
    answer = as_ann.post(PAGE, {"entry": typed})
    assert answer.status_code == 200
    assert says in f"{answer.context['form'].errors['entry']}"
    assert answer.context["form"]["entry"].value() == typed


def test_the_proof_is_shown_ready_to_copy(as_ann, domain):
    text = as_ann.get(page(domain)).text
    name, record = brands.verification_record(domain)
    for shown in (name, record, f"https://shop.example{'/.well-known/resonance-verify.txt'}"):
        assert shown in text


def test_a_record_in_the_dns_verifies(as_ann, ann, dns, domain):
    name, record = brands.verification_record(domain)
    missing = as_ann.post(page(domain), {"way": "dns"})
    assert "There is no TXT record at _resonance.shop.example yet" in missing.text
    dns.texts[name] = [record]
    answer = as_ann.post(page(domain), {"way": "dns"}, follow=True)
    assert "shop.example is verified." in answer.text
    domain.refresh_from_db()
    assert domain.verified_at
    assert "verified</span>" in as_ann.get(PAGE).text
    assert AuditEntry.objects.get(action="domain.verified").by == ann


def test_htmx_gets_the_part_that_changes(as_ann, dns, domain):
    name, record = brands.verification_record(domain)
    part = as_ann.post(page(domain), {"way": "dns"}, headers=HTMX).text
    assert "There is no TXT record" in part
    assert "<html" not in part
    dns.texts[name] = [record]
    assert "<b>Verified</b>" in as_ann.post(page(domain), {"way": "dns"}, headers=HTMX).text


def test_what_a_record_says_is_text(as_ann, dns, domain):
    dns.texts["_resonance.shop.example"] = ["<script>alert(1)</script>\u202e"]
    text = as_ann.post(page(domain), {"way": "dns"}).text
    assert "&lt;script&gt;alert(1)" in text
    assert "\u202e" not in text


def test_a_host_inside_is_not_fetched(as_ann, settings, domain):
    with name_server() as server:
        settings.RESONANCE_DNS_SERVERS = [server.address]
        answer = as_ann.post(page(domain), {"way": "file"})
    assert "The file could not be fetched" in answer.text


def test_a_domain_that_another_brand_has_proved_is_said_to_be_taken(
    as_ann, other_brand, dns, domain
):
    theirs = brands.add_domain(brand=other_brand, entry="shop.example", by=None, now=NOON)
    brands.mark_domain_verified(domain=theirs, by=None, now=NOON)
    name, record = brands.verification_record(domain)
    dns.texts[name] = [record]
    answer = as_ann.post(page(domain), {"way": "dns"})
    assert "Another brand has verified shop.example. Ask the operator." in answer.text


@pytest.mark.parametrize("way", [{}, {"way": ""}, {"way": "x\x00"}])
def test_no_way_is_no_way(as_ann, domain, way):
    assert "Choose how to verify" in as_ann.post(page(domain), way).text


def test_ten_attempts_a_minute_are_enough(as_ann, dns, domain):
    said = [as_ann.post(page(domain), {"way": "dns"}).text for _ in range(11)]
    assert "There is no TXT record" in said[9]
    assert "At most 10 attempts a minute" in said[10]
    assert len(dns.asked) == 10


def test_removing_asks_and_says_what_it_does(as_ann, ann, domain):
    address = reverse("portal:remove-domain", args=["northwind", domain.pk])
    question = as_ann.get(address).text
    for part in ("domain_mismatch", "refused from the next one on", "It is the last one"):
        assert part in question
    assert as_ann.get(address, headers=HTMX).text.lstrip().startswith("<form")
    assert "shop.example is removed." in as_ann.post(address, follow=True).text
    assert not Domain.objects.exists()
    assert AuditEntry.objects.get(action="domain.removed").by == ann


def test_a_domain_number_beyond_all_numbers_is_not_there(as_ann):
    assert as_ann.get(f"{PAGE}{'9' * 40}/").status_code == 404


def test_everybodys_own_machine_is_not_verified(as_ann, brand):
    here = brands.add_domain(brand=brand, entry="localhost", by=None, now=NOON)
    text = as_ann.get(page(here)).text
    assert "everybody" in text
    assert "Look for" not in text


def test_no_more_than_two_wait_for_strangers_so_that_calls_find_a_thread(as_ann, domain):
    form = {"way": "dns"}
    with outgoing.turn(), outgoing.turn():
        busy = as_ann.post(page(domain), form)
    assert "Others are being looked at just now" in busy.text
    assert outgoing.turns.turns.acquire(blocking=False)
    outgoing.turns.turns.release()
