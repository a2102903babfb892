"""Checks of the ledger as a job: asked for by somebody or by the schedule, one at a time, with how far it is."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import Error as DatabaseError
from django.db import IntegrityError, connection, transaction

from analytics.models import Alert, LedgerCheck
from analytics.services.alerts import close_alert, hold, open_alert, open_ones
from brands.models import User
from events.services.verify import PARTS, verify_ledger
from wallets.services import Finding

State = LedgerCheck.State
UNDER_WAY = (State.WAITING, State.RUNNING)
KEPT = 30
# A message that was lost is sent again; a worker that is not heard of for so long is dead.
LOST, DEAD = timedelta(minutes=2), timedelta(minutes=30)


class CheckUnderWay(Exception):
    """One is waiting or running already."""


def ask_check(*, by: User | None, now: datetime) -> LedgerCheck:
    """Write down that the ledger is to be checked. Raises CheckUnderWay."""
    bury(now)
    try:
        with transaction.atomic():
            return LedgerCheck.objects.create(
                asked_at=now, asked_by=by, touched_at=now, total=PARTS
            )
    except IntegrityError:
        raise CheckUnderWay("A check is under way.") from None


def left_waiting(*, now: datetime) -> list[int]:
    """Checks whose message was lost."""
    bury(now)
    lost = LedgerCheck.objects.filter(state=State.WAITING, touched_at__lte=now - LOST)
    return list(lost.values_list("pk", flat=True))


def bury(now: datetime) -> None:
    """Say of a check whose worker died that nothing is known."""
    LedgerCheck.objects.filter(state=State.RUNNING, touched_at__lte=now - DEAD).update(
        state=State.BROKEN, finished_at=now
    )


def run_check(*, check_id: int, clock: Callable[[], datetime]) -> LedgerCheck | None:
    """Check the ledger, if nobody has begun. What it finds is kept, and an alert is opened or closed.

    Takes minutes on large books. Returns None where another one has it.
    """
    now = clock()
    mine = LedgerCheck.objects.filter(pk=check_id, state=State.WAITING)
    if not mine.update(state=State.RUNNING, started_at=now, touched_at=now):
        return None
    findings: list[Finding] = []
    with ThreadPoolExecutor(1) as beside:

        def heard(finding: Finding) -> None:
            findings.append(finding)
            # Over another connection: ours looks at one snapshot, which takes no writes.
            beside.submit(progress, check_id, len(findings), clock()).result()

        try:
            verify_ledger(heard=heard)
        except DatabaseError:
            end(check_id, State.BROKEN, findings, clock())
            raise
        finally:
            beside.submit(hang_up).result()
    return end(check_id, verdict(findings), findings, clock())


def progress(check_id: int, done: int, now: datetime) -> None:
    LedgerCheck.objects.filter(pk=check_id).update(done=done, touched_at=now)


def hang_up() -> None:
    """Of the thread that calls it."""
    connection.close()


def verdict(findings: list[Finding]) -> str:
    return State.FAILED if any(each.count for each in findings) else State.PASSED


@transaction.atomic
def end(check_id: int, state: str, findings: list[Finding], now: datetime) -> LedgerCheck:
    """Keep what was found, and forget the oldest checks."""
    check = LedgerCheck.objects.select_for_update().get(pk=check_id)
    wrong = [each for each in findings if each.count]
    check.state, check.finished_at, check.touched_at = state, now, now
    check.done, check.wrong = len(findings), sum(each.count for each in wrong)
    check.findings = [
        {"check": each.check, "count": each.count, "sentences": each.sentences} for each in wrong
    ]
    check.save()
    newest = LedgerCheck.objects.order_by("-pk").values_list("pk", flat=True)[:KEPT]
    LedgerCheck.objects.exclude(pk__in=list(newest)).delete()
    if state != State.BROKEN:
        raise_or_close(check, now)
    return check


def raise_or_close(check: LedgerCheck, now: datetime) -> None:
    network = hold(wait=True)
    known = open_ones([Alert.Kind.LEDGER])
    if check.state == State.PASSED:
        for alert in known:
            close_alert(alert=alert, now=now)
    elif known:
        known[0].over_at, known[0].peak = now, max(known[0].peak, check.wrong)
        known[0].save(update_fields=["over_at", "peak"])
    elif network is not None:
        alert = Alert(
            kind=Alert.Kind.LEDGER,
            opened_at=now,
            over_at=now,
            measured=check.wrong,
            peak=check.wrong,
            limit=1,
        )
        open_alert(alert=alert, network=network, now=now)
