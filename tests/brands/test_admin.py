"""The operator's pages."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from brands import queries, services
from brands.models import ApiKey, AuditEntry, Brand, Domain, Membership, SigningSecret, User
from brands.services import invitations
from tests.brands.conftest import NOON
from tests.sign_in import step_up

PASSWORD = "a long password of the operator"
STORAGE = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


@pytest.fixture
def operator(db, client, settings) -> User:
    settings.STORAGES = {**settings.STORAGES, "staticfiles": STORAGE}
    user = User.objects.create_superuser("operator@resonance.example", PASSWORD)
    client.force_login(user)
    step_up(client, user)
    return user


def page(name: str, *args: object) -> str:
    return reverse(f"admin:brands_{name}", args=args)


def furnish(brand: Brand, tag: str) -> None:
    """One more of everything."""
    ann = services.create_user(email=f"{tag}@acme.example", password=None, now=NOON)
    services.add_member(brand=brand, user=ann, role="ANALYST", now=NOON)
    services.add_domain(brand=brand, entry=f"{tag}.example", by=None, now=NOON)
    services.create_key(brand=brand, name=tag, scopes=["events:write"], by=ann, now=NOON)
    other = services.create_brand(owner=ann, name=f"Brand of {tag}", now=NOON)
    services.create_signing_secret(brand=other, by=ann, now=NOON)
    services.create_key(brand=other, name=tag, scopes=["events:write"], by=ann, now=NOON)


LISTS = ["user", "brand", "apikey", "signingsecret"]


@pytest.mark.parametrize("model", LISTS)
@pytest.mark.usefixtures("operator")
def test_a_list_asks_as_much_of_many_as_of_few(
    client, acme, model, django_assert_max_num_queries, django_assert_num_queries
):
    furnish(acme, "one")
    client.get(page(f"{model}_changelist"))
    with django_assert_max_num_queries(12) as few:
        assert client.get(page(f"{model}_changelist")).status_code == 200
    for tag in ("two", "three", "four"):
        furnish(acme, tag)
    with django_assert_num_queries(len(few)):
        assert client.get(page(f"{model}_changelist") + "?q=e").status_code == 200


@pytest.mark.usefixtures("operator")
def test_a_brand_page_asks_as_much_for_many_as_for_few(
    client, acme, django_assert_max_num_queries, django_assert_num_queries
):
    furnish(acme, "one")
    client.get(page("brand_change", acme.pk))  # content types are cached from here on
    with django_assert_max_num_queries(15) as few:
        assert client.get(page("brand_change", acme.pk)).status_code == 200
    for tag in ("two", "three", "four"):
        furnish(acme, tag)
    with django_assert_num_queries(len(few)):
        assert "three@acme.example" in client.get(page("brand_change", acme.pk)).content.decode()


@pytest.mark.usefixtures("operator")
def test_every_form_opens(client, acme, olga):
    furnish(acme, "one")
    for name, args in [
        ("user_add", []),
        ("user_change", [olga.pk]),
        ("brand_add", []),
        ("apikey_change", [ApiKey.objects.all()[0].pk]),
        ("signingsecret_change", [SigningSecret.objects.get().pk]),
    ]:
        assert client.get(page(name, *args)).status_code == 200


@pytest.mark.usefixtures("operator")
def test_no_page_shows_a_secret(client, acme):
    made = services.create_key(brand=acme, name="k", scopes=["events:write"], by=None, now=NOON)
    signing = services.create_signing_secret(brand=acme, by=None, now=NOON)
    pages = [
        page("apikey_changelist"),
        page("apikey_change", made.key.pk),
        page("signingsecret_change", signing.row.pk),
        page("brand_change", acme.pk),
    ]
    text = "".join(client.get(url).content.decode() for url in pages)
    assert made.key.last_four in text
    for hidden in (made.secret, bytes(made.key.digest).hex(), signing.secret, "whsec_"):
        assert hidden not in text


@pytest.mark.usefixtures("operator")
def test_nothing_that_the_books_refer_to_can_be_deleted(client, acme, olga):
    made = services.create_key(brand=acme, name="k", scopes=["events:write"], by=None, now=NOON)
    for name, pk in [("brand", acme.pk), ("user", olga.pk), ("apikey", made.key.pk)]:
        assert client.post(page(f"{name}_delete", pk), {"post": "yes"}).status_code == 403
        listing = client.get(page(f"{name}_changelist")).content.decode()
        assert "delete_selected" not in listing


def act(client, model: str, action: str, pk: int) -> None:
    response = client.post(
        page(f"{model}_changelist"), {"action": action, "_selected_action": [pk]}
    )
    assert response.status_code == 302


def test_the_operator_suspends_and_resumes(client, acme, operator):
    act(client, "brand", "suspend", acme.pk)
    acme.refresh_from_db()
    assert acme.status == Brand.Status.SUSPENDED
    act(client, "brand", "resume", acme.pk)
    acme.refresh_from_db()
    assert acme.status == Brand.Status.ACTIVE
    assert LogEntry.objects.filter(user=operator).count() == 2
    noted = AuditEntry.objects.filter(brand=acme, by=operator).order_by("pk")
    assert [each.action for each in noted] == ["brand.suspended", "brand.resumed"]


def test_an_operator_who_signed_in_long_ago_changes_nothing(client, acme, operator):
    step_up(client, operator, seconds_ago=301)
    form = {"action": "suspend", "_selected_action": [acme.pk]}
    asked = client.post(page("brand_changelist"), form)
    assert asked["Location"].startswith("/accounts/reauthenticate/?next=")
    acme.refresh_from_db()
    assert acme.status == Brand.Status.ACTIVE
    assert client.get(page("brand_changelist")).status_code == 200
    client.post(page("brand_changelist"), form)
    wanted = {"next": page("brand_changelist"), "password": PASSWORD}
    assert client.post("/accounts/reauthenticate/", wanted).status_code == 302
    acme.refresh_from_db()
    assert acme.status == Brand.Status.SUSPENDED
    step_up(client, operator, seconds_ago=301)
    client.post("/admin/logout/")
    assert "_auth_user_id" not in client.session


@pytest.mark.usefixtures("operator")
def test_the_operator_revokes_a_key(client, acme):
    made = services.create_key(brand=acme, name="k", scopes=["events:write"], by=None, now=NOON)
    act(client, "apikey", "revoke", made.key.pk)
    assert queries.brand_id_of_key(services.key_digest(made.secret)) is None


BRAND = {
    "name": "Fjell",
    "slug": "fjell",
    "time_zone": "Europe/Oslo",
    "least_trust": "open",
    "open_person_daily": 1,
    "open_brand_daily": 1,
    "open_new_wallets_hourly": 1,
    "rate_brand": 1,
    "rate_person": 1,
    "rate_address": 1,
    "adjustment_limit": 1,
}


def inline(prefix: str, rows: list[dict[str, object]], initial: int = 0) -> dict[str, object]:
    data: dict[str, object] = {
        f"{prefix}-TOTAL_FORMS": len(rows),
        f"{prefix}-INITIAL_FORMS": initial,
    }
    for n, row in enumerate(rows):
        data |= {f"{prefix}-{n}-{name}": value for name, value in row.items()}
    return data


@pytest.mark.usefixtures("operator")
def test_the_operator_makes_a_brand_with_an_owner_and_a_domain(client, olga):
    form = (
        BRAND
        | inline("domains", [{"host": "Fjell.example:443", "subdomains": "on"}])
        | inline("memberships", [{"email": "OLGA@acme.example", "role": "OWNER"}])
    )
    assert client.post(page("brand_add"), form).status_code == 302
    brand = Brand.objects.get(slug="fjell")
    assert queries.team_of(brand).get().user == olga
    assert (Domain.objects.get().host, Domain.objects.get().subdomains) == ("fjell.example", True)


def test_what_the_operator_changes_is_in_the_brand_s_own_audit_log(client, acme, operator):
    kept = services.add_domain(brand=acme, entry="kept.example", by=None, now=NOON)
    gone = services.add_domain(brand=acme, entry="gone.example", by=None, now=NOON)
    domains = [
        {"id": kept.pk, "brand": acme.pk, "verified_at_0": "2026-03-02", "verified_at_1": "12:00"},
        {"id": gone.pk, "brand": acme.pk, "DELETE": "on"},
        {"brand": acme.pk, "host": "new.example"},
    ]
    team = [{"id": Membership.objects.get(brand=acme).pk, "brand": acme.pk, "role": "OWNER"}]
    form = (
        {**BRAND, "open_brand_daily": 150}
        | inline("domains", domains, initial=2)
        | inline("memberships", team, initial=1)
    )
    assert client.post(page("brand_change", acme.pk), form).status_code == 302
    noted = AuditEntry.objects.filter(brand=acme, by=operator).order_by("pk")
    assert [(each.action, each.subject) for each in noted] == [
        ("brand.changed", "Fjell"),
        ("domain.added", "new.example"),
        ("domain.removed", "gone.example"),
        ("domain.verified", "kept.example"),
    ]
    assert noted[0].before["open_brand_daily"] == "1000.00"
    assert noted[0].after["open_brand_daily"] == "1.50"


@pytest.mark.parametrize(
    ("domains", "team", "says"),
    [
        ([], [{"email": "olga@acme.example", "role": "MANAGER"}], "needs an owner"),
        ([], [{"email": "nobody@acme.example", "role": "OWNER"}], "Nobody signs in"),
        ([], [{"email": "olga@acme.example", "role": role} for role in ("OWNER", "ANALYST")], "one place"),
        ([{"host": "co.uk", "subdomains": "on"}], [], "everybody else"),
        ([{"host": "https://x.example/"}], [], "Enter the host alone"),
        ([{"host": "localhost", "verified_at_0": "2026-03-02", "verified_at_1": "12:00"}], [], "own machine"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("operator", "olga")
def test_a_brand_that_makes_no_sense_is_explained(client, domains, team, says):
    team = team or [{"email": "olga@acme.example", "role": "OWNER"}]
    form = BRAND | inline("domains", domains) | inline("memberships", team)
    assert says in client.post(page("brand_add"), form).content.decode()
    assert not Brand.objects.exists()


def test_whom_the_operator_takes_out_of_a_team_has_invited_nobody(
    client, acme, olga, dan, operator
):
    asked = invitations.invite(
        brand=acme, email="eve@acme.example", role="OWNER", by=olga, now=timezone.now()
    )
    team = [
        {
            "id": Membership.objects.get(brand=acme).pk,
            "brand": acme.pk,
            "role": "OWNER",
            "DELETE": "on",
        },
        {"brand": acme.pk, "email": "dan@acme.example", "role": "OWNER"},
    ]
    form = BRAND | inline("domains", []) | inline("memberships", team, initial=1)
    assert client.post(page("brand_change", acme.pk), form).status_code == 302
    asked.refresh_from_db()
    assert asked.ending == "WITHDRAWN"
    noted = AuditEntry.objects.filter(brand=acme, by=operator, action__startswith="membership")
    assert [(each.action, each.subject) for each in noted.order_by("pk")] == [
        ("membership.added", "da•••@acme.example"),
        ("membership.removed", "ol•••@acme.example"),
    ]


@pytest.mark.usefixtures("operator", "dan")
def test_the_operator_hands_a_brand_over(client, acme, olga):
    pk = Membership.objects.get(brand=acme).pk
    team = [
        {"id": pk, "brand": acme.pk, "role": "OWNER", "DELETE": "on"},
        {"brand": acme.pk, "email": "dan@acme.example", "role": "OWNER"},
    ]
    form = BRAND | inline("domains", []) | inline("memberships", team, initial=1)
    assert client.post(page("brand_change", acme.pk), form).status_code == 302
    assert [each.user.email for each in queries.team_of(acme)] == ["dan@acme.example"]


@pytest.mark.usefixtures("operator")
def test_the_operator_adds_a_person_in_lower_case(client):
    form = {"email": "Ann@Acme.example", "name": "Ann", "usable_password": "false"}
    assert client.post(page("user_add"), form).status_code == 302
    assert not User.objects.get(email="ann@acme.example").has_usable_password()


@pytest.mark.usefixtures("operator")
def test_the_operator_makes_a_person_inactive(client, olga):
    form = {"email": "Olga@Acme.example", "name": "Olga"}
    assert client.post(page("user_change", olga.pk), form).status_code == 302
    olga.refresh_from_db()
    assert (olga.email, olga.is_active) == ("olga@acme.example", False)


def test_the_operator_signs_in_where_everybody_does(client, db):
    response = client.get("/admin/login/?next=/admin/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=")


def test_a_brand_s_owner_is_no_operator(client, olga):
    client.force_login(olga)
    assert client.get("/admin/brands/brand/").status_code in {302, 403, 404}
    assert client.get("/admin/login/?next=/admin/").status_code == 403
