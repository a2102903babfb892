"""What the database itself refuses, whoever asks: a service, the admin, psql."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from brands.models import Brand, Trust
from events import services
from events.models import Cooldown, Event, EventType, Rule, RuleVersion
from events.services import Terms, verify
from events.services.verify import verify_ledger
from tests.events.calls import NOON, report
from wallets.models import Account, Transfer, Wallet


@pytest.fixture
def order(brand) -> EventType:
    return services.create_event_type(
        brand=brand,
        key="order",
        name="Order",
        terms=Terms(
            amount=10_00,
            cooldown=Cooldown.DAY,
            business_key="metadata.order_id",
            person_daily_cap=50_00,
        ),
        by=None,
        now=NOON,
    )


@pytest.fixture
def books(brand, order) -> Brand:
    """Ann and Bob have earned 10.00 each, Ann as much in the test world; one more was refused."""
    report(brand, "order", metadata={"order_id": "1"}, idempotency_key="k")
    report(brand, "order", "bob@example.com", {"order_id": "2"}, trust=Trust.OPEN)
    report(brand, "order", metadata={"order_id": "3"}, test=True)
    report(brand, "order", metadata={"order_id": "4"})
    return brand


def execute(query: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)


def refused(query: str, *parameters: object) -> str:
    """The database's own words. What is judged at the end of a transaction is judged at once."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        execute(f"SET CONSTRAINTS ALL IMMEDIATE; {query}", *parameters)
    return f"{refusal.value}"


def account(kind: str = "available", *, test: bool = False, address: str | None = None) -> Account:
    accounts = Account.objects.filter(kind=kind, test=test)
    if kind == "available":
        accounts = accounts.filter(wallet__identities__address=address or "ann@example.com")
    return accounts.get()


def post(
    debit: int, credit: int, amount: int = 1, *, test: bool = False, kind: str = "earn"
) -> str:
    return refused(
        "INSERT INTO wallets_transfer (debit_id, credit_id, amount, kind, test, event_id, created_at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s)",
        debit,
        credit,
        amount,
        kind,
        test,
        uuid4(),
        NOON,
    )


def test_a_transfer_is_never_changed(books):
    assert "append-only" in refused("UPDATE wallets_transfer SET amount = amount + 1")


def test_a_transfer_is_never_deleted(books):
    assert "append-only" in refused("DELETE FROM wallets_transfer")


def test_a_transfer_stays_in_one_world(books):
    live, test = account(), account(test=True)
    for world in (False, True):
        assert "one world" in post(live.pk, test.pk, test=world)
        assert "one world" in post(test.pk, live.pk, test=world)
    # Nor does it call itself of another world than its accounts are.
    assert "one world" in post(account("issued").pk, live.pk, test=True)


def test_a_transfer_joins_accounts_that_exist(books):
    assert "existing accounts" in post(account().pk, 2**40)
    assert "existing accounts" in post(2**40, account().pk)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_transfer_moves_something(books, amount):
    assert "transfer_moves_something" in post(account("issued").pk, account().pk, amount)


def test_a_transfer_goes_elsewhere(books):
    assert "transfer_goes_elsewhere" in post(account().pk, account().pk)


def test_an_event_is_paid_once(books):
    first = Transfer.objects.order_by("id").first()
    assert first is not None
    assert "transfer_pays_an_event_once" in refused(
        "INSERT INTO wallets_transfer (debit_id, credit_id, amount, kind, test, event_id, created_at) "
        "SELECT debit_id, credit_id, amount, kind, test, event_id, created_at FROM wallets_transfer "
        "WHERE id = %s",
        first.pk,
    )


def test_nobody_spends_what_he_does_not_hold(books):
    said = refused(
        "SELECT wallets_post(ARRAY[%s::bigint], ARRAY[%s::bigint], ARRAY[1001::bigint], ARRAY['earn'], "
        "ARRAY[false], ARRAY[NULL::uuid], ARRAY[NULL::bigint], ARRAY[%s])",
        account().pk,
        account(address="bob@example.com").pk,
        NOON,
    )
    assert "account_balance_has_the_sign_of_its_kind" in said
    assert Transfer.objects.count() == 3


@pytest.mark.parametrize("balance", ["-1", "NULL"])
@pytest.mark.parametrize("kind", ["available", "pending", "reserved"])
def test_what_a_wallet_holds_is_known_and_not_negative(books, kind, balance):
    said = refused(
        "INSERT INTO wallets_account (kind, test, wallet_id, brand_id, balance) "
        f"SELECT '{kind}', false, wallet_id, brand_id + 1, {balance} FROM wallets_account "
        "WHERE wallet_id IS NOT NULL AND NOT test LIMIT 1"
    )
    assert "account_balance_has_the_sign_of_its_kind" in said


@pytest.mark.parametrize(
    ("column", "value"),
    [("kind", "'pending'"), ("test", "true"), ("brand_id", "0"), ("wallet_id", "0")],
)
def test_an_account_keeps_what_it_is(books, column, value):
    assert "an account keeps" in refused(
        f"UPDATE wallets_account SET {column} = {value} WHERE id = %s", account().pk
    )


def test_an_account_is_never_deleted(books):
    assert "never deleted" in refused("DELETE FROM wallets_account")


def test_an_account_is_of_its_wallets_world(books):
    wallet = Wallet.objects.create(test=True)
    assert "world" in refused(
        "INSERT INTO wallets_account (kind, test, wallet_id, brand_id, balance) "
        "VALUES ('available', false, %s, %s, 0)",
        wallet.pk,
        books.pk,
    )


def test_an_account_is_one_for_each_wallet_issuer_and_kind(books):
    copy = (
        "INSERT INTO wallets_account (kind, test, wallet_id, brand_id, balance) "
        "SELECT kind, test, wallet_id, brand_id, balance FROM wallets_account WHERE id = %s"
    )
    assert "one_per_wallet" in refused(copy, account().pk)
    assert "one_per_brand" in refused(copy, account("issued").pk)


def test_an_identity_points_to_a_wallet_of_its_world(books):
    live = Wallet.objects.filter(test=False).first()
    assert live is not None
    assert "its own world" in refused(
        "INSERT INTO wallets_identity (address, test, wallet_id, created_at) VALUES ('x@x.example', true, %s, %s)",
        live.pk,
        NOON,
    )
    assert "its own world" in refused(
        "UPDATE wallets_identity SET wallet_id = %s WHERE test", live.pk
    )


def test_an_address_points_to_one_wallet_in_each_world(books):
    assert "identity_points_to_one_wallet" in refused(
        "INSERT INTO wallets_identity (address, test, wallet_id, created_at) "
        "SELECT address, test, wallet_id, created_at FROM wallets_identity"
    )


def test_a_wallet_stays_in_its_world(books):
    assert "stays in its world" in refused("UPDATE wallets_wallet SET test = NOT test")


def test_a_wallet_that_holds_something_is_never_deleted(books):
    assert "foreign key" in refused("DELETE FROM wallets_wallet")


def test_an_event_is_never_changed_or_deleted(books):
    assert "never changed" in refused("UPDATE events_event SET amount = amount + 1")
    assert "never changed" in refused("DELETE FROM events_event")


def test_an_event_pays_when_it_is_rewarded_and_only_then(books):
    columns = ", ".join(
        str(field.column)
        for field in Event._meta.concrete_fields
        if field.column not in {"id", "amount"}
    )
    for status, amount in (("rewarded", 0), ("cooldown", 1)):
        assert "event_pays_when_it_is_rewarded" in refused(
            f"INSERT INTO events_event (id, amount, {columns}) "
            f"SELECT gen_random_uuid(), {amount}, {columns} FROM events_event "
            f"WHERE status = '{status}' LIMIT 1"
        )


def test_a_rule_version_is_never_changed_or_deleted(books):
    assert "never changed" in refused("UPDATE events_ruleversion SET amount = amount + 1")
    assert "never changed" in refused("DELETE FROM events_ruleversion")


def test_rules_event_types_and_brands_stay(books):
    for table in ("events_rule", "events_eventtype", "brands_brand"):
        assert refused(f"DELETE FROM {table}")
    assert (Rule.objects.count(), EventType.objects.count()) == (1, 1)


def test_a_balance_changes_with_its_transfers(books):
    before = account().balance
    report(books, "order", metadata={"order_id": "5"}, at=NOON + timedelta(days=1))
    assert before is not None
    assert account().balance == before + 10_00
    assert RuleVersion.objects.get().amount == 10_00


# The proof finds what the database would have refused, once somebody has got around it.

ADJUSTMENT = (
    "INSERT INTO wallets_adjustment (id, brand_id, wallet_id, test, amount, reason, token, status, proposed_by_id, "
    "proposed_at) SELECT 1, brand_id, wallet_id, {test}, {amount}, 'because', gen_random_uuid(), 'posted', 1, now() "
    "FROM wallets_account WHERE kind = 'available' AND NOT test ORDER BY id LIMIT 1;"
)
# 10.00 from the brand to the same wallet.
BY_HAND = (
    "INSERT INTO wallets_transfer (debit_id, credit_id, amount, kind, test, created_at, adjustment_id) "
    "SELECT debit_id, credit_id, amount, 'adjust', test, created_at, {adjustment} FROM wallets_transfer "
    "WHERE credit_id = (SELECT min(id) FROM wallets_account WHERE kind = 'available' AND NOT test) "
    "AND kind = 'earn';"
)
UNNAMED = "ALTER TABLE wallets_transfer DROP CONSTRAINT transfer_by_hand_names_its_adjustment;"
# 4.00 spent, and where it went.
REDEMPTION = (
    "INSERT INTO wallets_redemption (id, public_id, brand_id, wallet_id, test, amount, idempotency_key, status, "
    "reserved_at, expires_at, ended_at) SELECT 1, 'red_1', brand_id, wallet_id, false, 400, '1', 'captured', "
    "now(), now() + interval '1 hour', now() "
    "FROM wallets_account WHERE kind = 'available' AND NOT test ORDER BY id LIMIT 1;"
)
SPENT = (
    "INSERT INTO wallets_account (kind, test, wallet_id, brand_id, creditor_id, balance) "
    "SELECT 'reserved', false, wallet_id, brand_id, NULL::bigint, 0 FROM wallets_redemption "
    "UNION ALL SELECT '{home}', false, NULL, brand_id, {creditor}, NULL FROM wallets_redemption;"
    "INSERT INTO wallets_transfer (debit_id, credit_id, amount, kind, test, created_at, redemption_id) "
    "SELECT held.id, home.id, 400, 'capture', false, now(), 1 FROM wallets_account held, wallets_account home "
    "WHERE held.kind = 'reserved' AND home.kind = '{home}';"
)
# 4.00 of Ann's, held in somebody's account and given back into somebody's.
HELD = (
    "CREATE TEMPORARY TABLE w ON COMMIT DROP AS SELECT min(wallet_id) AS ann, max(wallet_id) AS bob, "
    "min(brand_id) AS brand FROM wallets_account WHERE kind = 'available' AND NOT test;"
    "INSERT INTO wallets_redemption (id, public_id, brand_id, wallet_id, test, amount, idempotency_key, status, "
    "reserved_at, expires_at, ended_at) SELECT 1, 'red_1', brand, ann, false, 400, '1', 'cancelled', now(), "
    "now() + interval '1 hour', now() FROM w;"
    "INSERT INTO wallets_account (kind, test, wallet_id, brand_id, balance) SELECT 'reserved', false, {holder}, "
    "brand, 0 FROM w;"
    "INSERT INTO wallets_transfer (debit_id, credit_id, amount, kind, test, created_at, redemption_id) "
    "SELECT a.id, r.id, 400, 'reserve', false, now(), 1 FROM w, wallets_account a, wallets_account r "
    "WHERE a.wallet_id = w.ann AND a.kind = 'available' AND r.kind = 'reserved';"
    "INSERT INTO wallets_transfer (debit_id, credit_id, amount, kind, test, created_at, redemption_id) "
    "SELECT r.id, a.id, 400, 'release', false, now(), 1 FROM w, wallets_account a, wallets_account r "
    "WHERE a.wallet_id = {end} AND a.kind = 'available' AND r.kind = 'reserved';"
)

CORRUPTIONS: dict[str, list[str]] = {
    "Every stored balance is the sum of its transfers": [
        "UPDATE wallets_account SET balance = balance + 1 WHERE kind = 'available'",
        "DELETE FROM wallets_transfer WHERE NOT test",
        "UPDATE wallets_transfer SET amount = amount + 1",
    ],
    "Accounts add up to nothing, in each world": [
        "UPDATE wallets_account SET balance = balance + 1 WHERE kind = 'available'",
        (
            "INSERT INTO wallets_account (kind, test, wallet_id, brand_id, balance) SELECT 'pending', false, "
            "wallet_id, brand_id, 7 FROM wallets_account WHERE wallet_id IS NOT NULL AND NOT test LIMIT 1"
        ),
    ],
    "No balance has the wrong sign": [
        (
            "ALTER TABLE wallets_account DROP CONSTRAINT account_balance_has_the_sign_of_its_kind; "
            "UPDATE wallets_account SET balance = -1 WHERE kind = 'available' AND NOT test"
        ),
        (
            "ALTER TABLE wallets_account DROP CONSTRAINT account_balance_has_the_sign_of_its_kind; "
            "UPDATE wallets_account SET balance = NULL WHERE kind = 'available' AND NOT test"
        ),
        (
            "ALTER TABLE wallets_account DROP CONSTRAINT account_balance_has_the_sign_of_its_kind; "
            "UPDATE wallets_account SET balance = 0 WHERE kind = 'issued' AND NOT test"
        ),
    ],
    "No brand has taken back more than it issued": [
        "UPDATE wallets_transfer SET debit_id = credit_id, credit_id = debit_id",
    ],
    "Transfers join existing accounts of one world": [
        "UPDATE wallets_transfer SET test = NOT test",
        "UPDATE wallets_transfer SET credit_id = 0",
        "UPDATE wallets_transfer SET debit_id = (SELECT id FROM wallets_account WHERE test AND kind = 'issued')",
    ],
    "Credits stay with the brand that issued them": [
        "UPDATE wallets_account SET brand_id = brand_id + 1 WHERE kind = 'available'",
    ],
    "No event is paid twice": [
        (
            "DROP INDEX transfer_pays_an_event_once; INSERT INTO wallets_transfer "
            "(debit_id, credit_id, amount, kind, test, event_id, created_at) "
            "SELECT debit_id, credit_id, amount, kind, test, event_id, created_at FROM wallets_transfer LIMIT 1"
        ),
    ],
    "Adjustments by hand are posted once, as they were decided": [
        # Posted, and nothing moved.
        ADJUSTMENT.format(amount=5, test="false"),
        # Moved what nobody decided, more than was decided, twice, and in the other direction.
        UNNAMED + BY_HAND.format(adjustment="NULL"),
        ADJUSTMENT.format(amount=999, test="false") + BY_HAND.format(adjustment="1"),
        ADJUSTMENT.format(amount=2000, test="false")
        + "DROP INDEX transfer_posts_an_adjustment_once;"
        + BY_HAND.format(adjustment="1") * 2,
        ADJUSTMENT.format(amount=-1000, test="false") + BY_HAND.format(adjustment="1"),
        ADJUSTMENT.format(amount=1000, test="true") + BY_HAND.format(adjustment="1"),
    ],
    "Redemptions hold, spend or give back what was asked for, once": [
        # Captured, and nothing moved, or never held.
        REDEMPTION,
        REDEMPTION + SPENT.format(home="redeemed", creditor="NULL"),
    ],
    "What is held comes from where it is given back to, part by part": [
        # Given back to somebody else, held for somebody else, and given back in other parts than it was held in.
        HELD.format(holder="w.ann", end="w.bob"),
        HELD.format(holder="w.bob", end="w.ann"),
        HELD.format(holder="w.ann", end="w.ann")
        + "UPDATE wallets_transfer SET amount = 300 WHERE kind = 'release'",
    ],
    "What brands owe each other is what was spent across them": [
        # Owed for what was spent at its issuer, spent without a redemption, and from what nobody holds.
        REDEMPTION + SPENT.format(home="obligation", creditor="brand_id + 1"),
        REDEMPTION
        + SPENT.format(home="redeemed", creditor="NULL")
        + "DELETE FROM wallets_redemption",
        REDEMPTION
        + SPENT.format(home="redeemed", creditor="NULL").replace(
            "'capture', false", "'release', false"
        ),
    ],
    "Reversals never exceed what they reverse": [
        (
            "INSERT INTO wallets_transfer (debit_id, credit_id, amount, kind, test, reverses_id, created_at) "
            "SELECT credit_id, debit_id, amount - 400 * n, 'reverse', test, id, created_at "
            "FROM wallets_transfer, generate_series(0, 1) n WHERE NOT test"
        ),
    ],
    "Identities point to wallets of their world": [
        "UPDATE wallets_identity SET test = true WHERE address = 'bob@example.com'",
        "DELETE FROM wallets_wallet WHERE test",
    ],
    "Accounts are of their wallet's world": [
        "UPDATE wallets_wallet SET test = NOT test",
        "UPDATE wallets_account SET wallet_id = 0 WHERE kind = 'available' AND test",
    ],
    "Every rewarded event is paid what it says, to its own wallet": [
        "DELETE FROM wallets_transfer",
        "UPDATE events_event SET amount = amount + 1 WHERE status = 'rewarded'",
        (
            "UPDATE events_event SET wallet_id = (SELECT wallet_id FROM wallets_identity "
            "WHERE address = 'bob@example.com') WHERE status = 'rewarded' AND NOT test"
        ),
        "UPDATE events_event SET test = NOT test",
        "UPDATE events_event SET brand_id = brand_id + 1",
    ],
    "Nothing is paid for an event that is not there": [
        "DELETE FROM events_event WHERE status = 'rewarded'",
    ],
    "Business keys are held by the events that earned by them": [
        "DELETE FROM events_businesskey WHERE holder = 0",
        "UPDATE events_businesskey SET event_id = NULL",
        "UPDATE events_businesskey SET event_id = gen_random_uuid()",
        "UPDATE events_businesskey SET event_id = (SELECT id FROM events_event WHERE status = 'cooldown')",
    ],
    "Idempotency keys answer with events that exist": [
        "UPDATE events_idempotencykey SET event_id = gen_random_uuid()",
    ],
    "No event stands ahead of the feed, as after a restore without manage.py restored": [
        "UPDATE events_event SET position = position + 1000000",
    ],
    "Cooldowns began with the last reward": [
        "DELETE FROM events_claim",
        "UPDATE events_claim SET last_at = last_at + interval '1 second'",
        (
            "INSERT INTO events_claim (wallet_id, rule_id, last_at) SELECT wallet_id, rule_id + 1, last_at "
            "FROM events_claim LIMIT 1"
        ),
    ],
    "What open calls earned in a day is what their events say": [
        "UPDATE events_opentotal SET amount = amount + 1",
        "UPDATE events_opentotal SET day_start = day_start - interval '1 day'",
        "DELETE FROM events_opentotal",
    ],
    "What people used of a limit is what their events say": [
        "UPDATE events_usage SET amount = amount + 1",
        "UPDATE events_usage SET amount = amount + 1 WHERE rule_id = 0",
        "DELETE FROM events_usage WHERE rule_id = 0",
    ],
}


def findings() -> dict[str, int]:
    return {finding.check: finding.count for finding in verify_ledger()}


def test_the_proof_finds_nothing_wrong_with_sound_books(books):
    found = findings()
    assert set(found) == set(CORRUPTIONS)
    assert not any(found.values())


@pytest.mark.parametrize(
    ("check", "corruption"),
    [(check, each) for check, corruptions in CORRUPTIONS.items() for each in corruptions],
)
def test_the_proof_finds_each_corruption(books, check, corruption):
    corrupt(corruption)
    assert findings()[check] > 0


def corrupt(corruption: str) -> None:
    connection.check_constraints()
    execute("SET LOCAL session_replication_role = replica")
    execute(corruption)
    execute("SET LOCAL session_replication_role = DEFAULT")


def test_the_command_says_what_is_wrong_and_ends_with_1(books, capsys):
    corrupt("UPDATE wallets_account SET balance = 1001 WHERE kind = 'available' AND NOT test")
    with pytest.raises(SystemExit) as end:
        call_command("verify_ledger")
    said = capsys.readouterr()
    assert end.value.code == 1
    assert f"account {account().pk} (available) holds 1001, its transfers say 1000" in said.out
    assert "The books are off: 3 findings." in said.err


def test_the_command_says_how_many_more_there_are(books, capsys):
    for n in range(25):
        report(books, "order", f"p{n}@example.com", {"order_id": f"p{n}"})
    corrupt(
        "UPDATE wallets_account SET balance = balance + 1 WHERE kind = 'available' AND NOT test"
    )
    with pytest.raises(SystemExit):
        call_command("verify_ledger")
    assert "… 27 in all" in capsys.readouterr().out


def test_the_command_ends_well_where_the_books_are_in_order(books, capsys):
    call_command("verify_ledger")
    said = capsys.readouterr()
    assert said.out.endswith("The books are in order.\n")
    assert not said.err


@pytest.mark.django_db(transaction=True)
def test_the_proof_reads_one_snapshot_and_writes_nothing(books, monkeypatch):
    run = verify.run_checks

    def look(checks, **more):
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            assert cursor.fetchone() == ("repeatable read",)
            cursor.execute("SHOW transaction_read_only")
            assert cursor.fetchone() == ("on",)
        return run(checks, **more)

    monkeypatch.setattr(verify, "run_checks", look)
    assert not any(findings().values())
    # And leaves the connection as it was.
    assert report(books, "order", "new@example.com", {"order_id": "9"}).status == "rewarded"
