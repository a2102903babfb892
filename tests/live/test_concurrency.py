"""What happens at the same moment, over HTTP, in several processes, against the real database."""

import os
from uuid import uuid4

import pytest

from tests.live.calls import count, new_person, post, post_at_once, wallet, with_key

MANY = 64
# RESONANCE_TEST_TURNS=100 to be surer still.
TURNS = int(os.environ.get("RESONANCE_TEST_TURNS", "4"))
many_times = pytest.mark.parametrize("_turn", range(TURNS))
WALLETS_OF = (
    "SELECT count(DISTINCT wallet_id) FROM wallets_identity WHERE address = ANY (%s) AND NOT test"
)
IDENTITIES_OF = "SELECT count(*) FROM wallets_identity WHERE address = ANY (%s)"
EVENTS_OF = """SELECT count(*) FROM events_event e JOIN events_eventdetail d ON d.event_id = e.id
               WHERE d.address = ANY (%s)"""


def statuses(answers) -> list[str]:
    assert {answer.status_code for answer in answers} == {200}, answers[0].text
    return [answer.json()["status"] for answer in answers]


@many_times
def test_one_new_person_earns_once_however_often_the_event_is_posted(running_server, _turn):
    person = new_person()
    body = {"event": "post_review", "email": person}

    found = statuses(post_at_once(running_server, [body] * MANY, **with_key(running_server)))

    assert sorted(found) == ["cooldown"] * (MANY - 1) + ["rewarded"]
    assert wallet(running_server, person).json()["balance"] == "5.00"
    assert count(running_server, WALLETS_OF, [person]) == 1
    assert count(running_server, IDENTITIES_OF, [person]) == 1
    assert count(running_server, EVENTS_OF, [person]) == MANY


@many_times
def test_so_many_new_persons_get_so_many_wallets(running_server, _turn):
    people = [new_person() for _ in range(MANY)]
    bodies = [{"event": "signup", "email": person} for person in people]

    found = statuses(post_at_once(running_server, bodies, **with_key(running_server)))

    assert found == ["rewarded"] * MANY
    assert count(running_server, WALLETS_OF, people) == MANY


@many_times
def test_one_idempotency_key_is_one_event_and_everybody_gets_its_answer(running_server, _turn):
    person = new_person()
    body = {"event": "post_review", "email": person, "idempotency_key": uuid4().hex}

    answers = post_at_once(running_server, [body] * MANY, **with_key(running_server))

    assert set(statuses(answers)) == {"rewarded"}
    assert len({answer.text for answer in answers}) == 1
    assert count(running_server, EVENTS_OF, [person]) == 1
    replays = [answer.headers.get("Idempotent-Replayed") for answer in answers]
    assert replays.count("true") == MANY - 1


@many_times
def test_one_order_is_credited_to_one_of_all_who_claim_it(running_server, _turn):
    order = uuid4().hex
    people = [new_person() for _ in range(32)]
    bodies = [
        {"event": "place_order", "email": person, "metadata": {"order_id": order}}
        for person in people
    ]

    found = statuses(post_at_once(running_server, bodies, **with_key(running_server)))

    assert sorted(found) == ["duplicate"] * 31 + ["rewarded"]
    paid = "SELECT count(*) FROM events_businesskey WHERE value = %s AND event_id IS NOT NULL"
    assert count(running_server, paid, order) == 1


@many_times
def test_an_order_taken_by_an_open_call_is_still_credited_to_its_owner(running_server, _turn):
    order = {"metadata": {"order_id": uuid4().hex}, "event": "place_order"}
    thief, owner = new_person(), new_person()

    assert post(running_server, order | {"email": thief}).json()["status"] == "rewarded"
    answer = post(running_server, order | {"email": owner}, **with_key(running_server))
    again = post(running_server, order | {"email": thief})

    assert answer.json()["status"] == "rewarded"
    assert again.json()["status"] == "duplicate"


def in_another_process(server, code: str) -> None:
    setup = (
        "from django.utils import timezone; from brands import services as brands; "
        "from brands.models import Brand, Scope; from events import services as events; "
        "from events.models import Rule; "
        f"brand = Brand.objects.get(public_id={server['brand_id']!r}); "
    )
    server.manage("shell", "--no-imports", "-c", setup + code)


def test_what_is_changed_elsewhere_holds_in_every_process_from_the_next_call(running_server):
    server = running_server
    key = server.manage(
        "shell",
        "--no-imports",
        "-c",
        "from django.utils import timezone; from brands import services as brands; "
        "from brands.models import Brand, Scope; from events import services as events; "
        "user = __import__('brands.models').models.User.objects.get(email='demo@demo.example'); "
        "brand = brands.create_brand(owner=user, name='Changing', now=timezone.now()); "
        "events.create_event_type(brand=brand, key='visit', name='Visit', by=user,"
        " terms=events.Terms(amount=100), now=timezone.now()); "
        "print(brands.create_key(brand=brand, name='k', scopes=list(Scope.values), by=user,"
        " now=timezone.now()).secret)",
    ).stdout.strip()
    find = "brand = Brand.objects.get(name='Changing'); "

    def call_everywhere():
        bodies = [{"event": "visit", "email": new_person()} for _ in range(24)]
        return post_at_once(server, bodies, Authorization=f"Bearer {key}")

    def amounts():
        return {answer.json()["reward"]["amount"] for answer in call_everywhere()}

    def codes():
        return {answer.status_code for answer in call_everywhere()}

    assert amounts() == {"1.00"}
    in_another_process(
        server,
        find + "events.publish(rule=Rule.objects.get(event_type__brand=brand), by=None,"
        " terms=events.Terms(amount=250), now=timezone.now())",
    )
    assert amounts() == {"2.50"}
    in_another_process(
        server, find + "brands.suspend_brand(brand=brand, by=None, now=timezone.now())"
    )
    assert codes() == {401}
    in_another_process(
        server, find + "brands.resume_brand(brand=brand, by=None, now=timezone.now())"
    )
    assert codes() == {200}
    in_another_process(
        server, find + "brands.revoke_key(key=brand.api_keys.get(), by=None, now=timezone.now())"
    )
    assert codes() == {401}
