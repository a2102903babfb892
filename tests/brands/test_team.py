"""People, brands and who may do what."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from brands import queries, services
from brands.models import Brand, Membership, Role, User
from brands.roles import Permission, may
from tests.brands.conftest import NOON


def test_an_account_is_made_under_its_address_in_lower_case(db):
    ann = services.create_user(
        email=" Ann@Example.COM ", password="sunflower-fields", name=" Ann ", now=NOON
    )
    assert (ann.email, ann.name, ann.joined_at) == ("ann@example.com", "Ann", NOON)
    assert ann.check_password("sunflower-fields")
    with pytest.raises(services.EmailTaken):
        services.create_user(email="ANN@example.com", password=None, now=NOON)


def test_without_a_password_nobody_signs_in(db):
    user = services.create_user(email="ann@example.com", password=None, now=NOON)
    assert not user.has_usable_password()


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ann",
        "ann@",
        "@example.com",
        "a b@example.com",
        "an\u017f@example.com",
        "fran\u212a@example.com",
        "ann@bücher.example",
        "\x00@example.com",
        "a" * 250 + "@example.com",
    ],
)
def test_an_address_that_makes_no_sense_is_refused(db, email):
    with pytest.raises(services.InvalidEmail):
        services.create_user(email=email, password=None, now=NOON)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("password", "says"),
    [("short", "10 characters"), ("1234567890123", "numeric"), ("olga@acme.example", "similar")],
)
def test_a_weak_password_is_explained(db, password, says):
    with pytest.raises(services.WeakPassword, match=says):
        services.create_user(email="olga@acme.example", password=password, now=NOON)


def test_a_brand_begins_with_an_owner_and_a_name_for_its_pages(olga):
    brand = services.create_brand(owner=olga, name="Ann's Bücher & Co", now=NOON)
    assert (brand.slug, brand.created_at) == ("anns-bucher-co", NOON)
    assert brand.public_id.startswith("brd_")
    membership = queries.memberships_of(olga).get()
    assert (membership.brand, membership.role) == (brand, Role.OWNER)
    assert list(queries.brands_of(olga)) == [brand]


def test_two_brands_of_one_name_get_two_addresses(olga):
    slugs = [services.create_brand(owner=olga, name="Acme", now=NOON).slug for _ in range(3)]
    assert slugs == ["acme", "acme-2", "acme-3"]
    assert services.create_brand(owner=olga, name="東京", now=NOON).slug == "brand"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"slug": "Not a slug"}, "slug"),
        ({"slug": "rival"}, "slug"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"least_trust": "blind"}, "least_trust"),
        ({"open_person_daily": 100_001}, "__all__"),
        ({"rate_brand": 0}, "__all__"),
    ],
)
@pytest.mark.usefixtures("rival")
def test_a_setting_that_makes_no_sense_is_explained(acme, change, field):
    with pytest.raises(services.InvalidBrand) as refused:
        services.change_brand(brand=acme, by=None, now=NOON, **change)
    assert list(refused.value.message_dict) == [field]
    acme.refresh_from_db()
    assert acme.name == "Acme"


def test_settings_that_are_not_given_stay(acme):
    services.change_brand(brand=acme, by=None, now=NOON, name="Acme 2", quiet_answers=True)
    services.change_brand(brand=acme, by=None, now=NOON, time_zone="America/New_York")
    fresh = Brand.objects.get(pk=acme.pk)
    assert (fresh.name, fresh.quiet_answers, fresh.slug) == ("Acme 2", True, "acme")
    assert acme.zone.key == "America/New_York"


def test_a_team_grows_changes_and_shrinks(acme, dan):
    membership = services.add_member(brand=acme, user=dan, role="ANALYST", now=NOON)
    with pytest.raises(services.AlreadyInTeam):
        services.add_member(brand=acme, user=dan, role="OWNER", now=NOON)
    services.change_role(membership=membership, role="DEVELOPER", by=None, now=NOON)
    assert membership.role == Role.DEVELOPER
    services.remove_member(membership=membership, by=None, now=NOON)
    assert [each.user.email for each in queries.team_of(acme)] == ["olga@acme.example"]


def test_there_are_four_roles(acme, dan):
    with pytest.raises(services.UnknownRole, match="Owner, Manager, Developer, Analyst"):
        services.add_member(brand=acme, user=dan, role="KING", now=NOON)
    membership = queries.team_of(acme).get()
    with pytest.raises(services.UnknownRole):
        services.change_role(membership=membership, role="KING", by=None, now=NOON)


def test_the_last_owner_stays(acme, dan):
    only = queries.team_of(acme).get()
    services.add_member(brand=acme, user=dan, role="MANAGER", now=NOON)
    with pytest.raises(services.NeedsAnOwner, match="somebody else"):
        services.remove_member(membership=only, by=None, now=NOON)
    with pytest.raises(services.NeedsAnOwner):
        services.change_role(membership=only, role="MANAGER", by=None, now=NOON)
    services.change_role(membership=only, role="OWNER", by=None, now=NOON)
    assert only.role == Role.OWNER


def test_an_owner_leaves_when_there_is_another(acme, dan, olga):
    services.add_member(brand=acme, user=dan, role="OWNER", now=NOON)
    services.remove_member(membership=Membership.objects.get(user=olga), by=None, now=NOON)
    assert queries.team_of(acme).get().user == dan


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_leave_one(acme, dan):
    services.add_member(brand=acme, user=dan, role="OWNER", now=NOON)
    both = list(Membership.objects.filter(brand=acme))
    start = Barrier(2)

    def leave(membership: Membership) -> bool:
        try:
            start.wait()
            services.remove_member(membership=membership, by=None, now=NOON)
        except services.NeedsAnOwner:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, both)) == [False, True]
    assert Membership.objects.filter(brand=acme).count() == 1


RANKS = [Role.ANALYST, Role.DEVELOPER, Role.MANAGER, Role.OWNER]


@pytest.mark.parametrize(
    ("permission", "least"),
    [
        (Permission.VIEW, Role.ANALYST),
        (Permission.SEND_TESTS, Role.DEVELOPER),
        (Permission.MANAGE_KEYS, Role.DEVELOPER),
        (Permission.MANAGE_DOMAINS, Role.DEVELOPER),
        (Permission.MANAGE_EVENT_TYPES, Role.MANAGER),
        (Permission.REVERSE_EVENTS, Role.MANAGER),
        (Permission.REVEAL_PEOPLE, Role.MANAGER),
        (Permission.CHANGE_SETTINGS, Role.MANAGER),
        (Permission.MANAGE_TEAM, Role.OWNER),
    ],
)
def test_each_role_may_what_the_ones_below_may(permission, least):
    allowed = [role for role in RANKS if may(role, permission)]
    assert allowed == RANKS[RANKS.index(least) :]


def test_an_unknown_role_may_nothing():
    assert not any(may("KING", permission) for permission in Permission)
    assert set(RANKS) == set(Role)


def test_handing_over_makes_one_an_owner_and_the_other_a_manager(acme, dan, olga):
    mine = queries.team_of(acme).get()
    theirs = services.add_member(brand=acme, user=dan, role="ANALYST", by=olga, now=NOON)
    services.transfer_ownership(owner=mine, to=theirs, by=olga, now=NOON)
    roles = {each.user: each.role for each in queries.team_of(acme)}
    assert roles == {olga: Role.MANAGER, dan: Role.OWNER}
    with pytest.raises(services.NotAnOwner, match="Only an owner"):
        services.transfer_ownership(owner=mine, to=theirs, by=olga, now=NOON)
    with pytest.raises(services.NotAnOwner, match="somebody else"):
        services.transfer_ownership(owner=theirs, to=theirs, by=dan, now=NOON)


@pytest.mark.usefixtures("rival")
def test_a_brand_is_not_handed_over_to_another_brands_team(acme, dan, olga):
    mine = queries.team_of(acme).get()
    with pytest.raises(services.NotAnOwner):
        services.transfer_ownership(owner=mine, to=dan.memberships.get(), by=olga, now=NOON)


def test_what_is_done_to_the_team_is_noted_with_masked_addresses(acme, dan, olga):
    membership = services.add_member(brand=acme, user=dan, role="ANALYST", by=olga, now=NOON)
    services.change_role(membership=membership, role="DEVELOPER", by=olga, now=NOON)
    services.change_role(membership=membership, role="DEVELOPER", by=olga, now=NOON)
    services.remove_member(membership=membership, by=olga, now=NOON)
    again = services.add_member(brand=acme, user=dan, role="ANALYST", by=olga, now=NOON)
    services.remove_member(membership=again, by=dan, now=NOON)
    entries = acme.audit_entries.filter(action__startswith="membership.").order_by("pk")
    assert [(each.action, each.subject) for each in entries] == [
        ("membership.added", "da•••@acme.example"),
        ("membership.changed", "da•••@acme.example"),
        ("membership.removed", "da•••@acme.example"),
        ("membership.added", "da•••@acme.example"),
        ("membership.left", "da•••@acme.example"),
    ]
    assert (entries[1].before, entries[1].after) == ({"role": "ANALYST"}, {"role": "DEVELOPER"})
