"""Tell people and the operator's server of an alert: what waits, and one attempt."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import send_mail
from standardwebhooks import Webhook

from analytics.models import Alert, AlertNotice, LedgerCheck, OperatorHook
from analytics.services.alerts import page_of, told
from brands import outgoing
from brands.outgoing import Reply
from brands.sealing import CannotUnseal, unseal
from brands.services.webhooks.outbox import payload
from brands.services.webhooks.schedule import pause_after

Send = Callable[..., Reply]
# Longer than an attempt can take: until then nobody else tries.
CLAIM = timedelta(seconds=60)
LONGEST = 300
MOST = 100
PING = "ping"


def waiting(*, now: datetime) -> list[int]:
    """What is due, oldest first."""
    due = AlertNotice.objects.filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk")
    return list(due.values_list("pk", flat=True)[:MOST])


def tell(*, notice_id: int, now: datetime, send: Send = outgoing.post) -> bool:
    """Make one attempt, if it is due and nobody else makes it. Returns whether it went out.

    A worker that dies leaves it to the next one. No transaction is open meanwhile.
    """
    mine = AlertNotice.objects.filter(pk=notice_id, next_attempt_at__lte=now)
    if not mine.update(next_attempt_at=now + CLAIM):
        return False
    notice = AlertNotice.objects.select_related("alert__brand", "alert__event_type", "to").get(
        pk=notice_id
    )
    failure = write_to(notice) if notice.way == AlertNotice.Way.MAIL else post(notice, now, send)
    notice.attempts += 1
    notice.failure = failure[:LONGEST]
    if failure:
        pause = pause_after(notice.attempts, luck=random.random())  # noqa: S311 - no secret
        notice.next_attempt_at = now + max(pause, CLAIM) if pause else None
    else:
        notice.next_attempt_at, notice.sent_at = None, now
    notice.save(update_fields=["attempts", "failure", "next_attempt_at", "sent_at"])
    return not failure


def write_to(notice: AlertNotice) -> str:
    """Why it failed; empty where it did not."""
    person = notice.to
    if person is None or not person.is_active:
        return ""
    subject, text = letter(notice.alert, in_team=is_in_team(notice))
    try:
        # One by one: who else is told is nobody's business in a header.
        send_mail(subject, text, None, [person.email])
    except (SMTPException, OSError) as error:
        return type(error).__name__
    return ""


def is_in_team(notice: AlertNotice) -> bool:
    """Whether the person may look at the brand's own pages."""
    alert, person = notice.alert, notice.to
    if alert.brand is None or person is None:
        return False
    return alert.brand.memberships.filter(user=person).exists()


def post(notice: AlertNotice, now: datetime, send: Send) -> str:
    hook = OperatorHook.objects.first()
    if hook is None:
        return ""
    public_id = f"msg_{notice.alert.public_id}_{notice.get_what_display().lower()}"
    data = told(notice.alert) | {"url": page_of(notice.alert, for_operator=True)}
    return call(hook, public_id, payload(notice.what, notice.alert.opened_at, data), now, send)


def ping_operator_hook(*, now: datetime, send: Send = outgoing.post) -> str:
    """Say hello to the operator's address, once. Returns why it failed; empty where it did not."""
    hook = OperatorHook.objects.first()
    if hook is None:
        return "There is no address."
    public_id = f"msg_ping_{int(now.timestamp())}"
    return call(hook, public_id, payload(PING, now, {"network": settings.RESONANCE_URL}), now, send)


def call(hook: OperatorHook, public_id: str, body: str, now: datetime, send: Send) -> str:
    """Standard Webhooks 1.0. What came of it is kept with the address."""
    try:
        signature = Webhook(unseal(hook.secret)).sign(public_id, now, body)
    except CannotUnseal as error:
        return f"{error}"
    headers = {
        "Content-Type": "application/json",
        "webhook-id": public_id,
        "webhook-timestamp": f"{int(now.timestamp())}",
        "webhook-signature": signature,
    }
    reply = send(hook.url, body=body.encode(), headers=headers)
    failure = "" if reply.status is not None and 200 <= reply.status < 300 else why(reply)  # noqa: PLR2004
    OperatorHook.objects.filter(pk=hook.pk, url=hook.url).update(
        last_at=now, last_status=reply.status, last_failure=failure[:LONGEST]
    )
    return failure


def why(reply: Reply) -> str:
    if reply.status is not None:
        return f"It answered {reply.status}."
    return f"{reply.failure}: {reply.detail}" if reply.detail else f"{reply.failure}"


def letter(alert: Alert, *, in_team: bool) -> tuple[str, str]:
    """Subject and text. What partners wrote stands on one line."""
    if alert.brand is None:
        return ledger_letter(alert)
    brand = one_line(alert.brand.name)
    zone = alert.brand.zone
    page = page_of(alert, for_operator=not in_team)
    if alert.event_type is not None:
        what = one_line(alert.event_type.name)
        subject = f"{brand}: {what} pays far more than usual"
        found = f"{what} ({alert.event_type.key}) credited {amount(alert.measured)} RSNC"
        usual, limit = f"{amount(alert.usual or 0)} RSNC", f"{amount(alert.limit)} RSNC"
    else:
        subject = f"{brand}: far more is refused than usual"
        found = f"{alert.measured:,} events earned nothing"
        usual, limit = f"{alert.usual or 0:,} events", f"{alert.limit:,} events"
    known = (
        f"Usual at this time of day: {usual} (the median of {alert.days} days)."
        if alert.usual is not None
        else "It is too new to have a usual."
    )
    return subject, (
        f"{brand}: {found} in the hour until {clock(alert.opened_at, zone)} ({zone.key}).\n\n"
        f"{known}\nAlerts begin at {limit} an hour.\n\n"
        f"Its figures, and the events behind them:\n\n    {page}\n\n"
        "This is said once. The page says when it is over.\n"
    )


def ledger_letter(alert: Alert) -> tuple[str, str]:
    check = LedgerCheck.objects.filter(state=LedgerCheck.State.FAILED).order_by("-pk").first()
    parts = [f"    {each['check']}: {each['count']}" for each in check.findings] if check else []
    return "The books are off", (
        f"The check of the ledger found {alert.measured:,} things that must not exist:\n\n"
        + "\n".join(parts)
        + f"\n\nLook at them before anything else:\n\n    {settings.RESONANCE_URL}/network/health/\n"
    )


def amount(hundredths: int) -> str:
    return f"{hundredths // 100:,}.{hundredths % 100:02}"


def clock(moment: datetime, zone: ZoneInfo) -> str:
    here = moment.astimezone(zone)
    return f"{here.day} {here:%b %Y, %H:%M}"


def one_line(text: str) -> str:
    """What somebody wrote, in a sentence: no lines of its own, nothing invisible."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
