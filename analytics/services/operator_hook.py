"""The address that the operator is told at: the same rules and signatures as for a brand's."""

from datetime import datetime

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from analytics.models import OperatorHook
from brands.models import User
from brands.outgoing import Resolve, resolve
from brands.sealing import seal, unseal
from brands.services.webhooks.endpoints import check_url, new_secret


@transaction.atomic
def set_operator_hook(
    *, url: str, by: User, now: datetime, resolve: Resolve = resolve
) -> OperatorHook:
    """Tell this address of alerts from now on. The secret stays as it is.

    Raises brands.services.webhooks.InvalidEndpoint.
    """
    check_url(url, resolve)
    hook = OperatorHook.objects.select_for_update().first()
    if hook is not None and hook.url == url:
        return hook
    flag = ADDITION if hook is None else CHANGE
    hook = hook or OperatorHook(secret=seal(new_secret()), created_at=now)
    hook.url, hook.last_at, hook.last_status, hook.last_failure = url, None, None, ""
    hook.save()
    noted(by, now, flag, f"address: {url.partition('?')[0]}")
    return hook


@transaction.atomic
def remove_operator_hook(*, by: User, now: datetime) -> bool:
    """Tell no address any more. False where there was none."""
    removed, _ = OperatorHook.objects.filter(pk=1).delete()
    if removed:
        noted(by, now, DELETION, "")
    return bool(removed)


@transaction.atomic
def reveal_operator_secret(*, by: User, now: datetime) -> str | None:
    """What verifies our signatures, noted; None where there is no address. Raises CannotUnseal."""
    hook = OperatorHook.objects.first()
    if hook is None:
        return None
    noted(by, now, CHANGE, "looked at the secret")
    return unseal(hook.secret)


@transaction.atomic
def rotate_operator_secret(*, by: User, now: datetime) -> str | None:
    """A new secret, which signs from now on; None where there is no address."""
    hook = OperatorHook.objects.select_for_update().first()
    if hook is None:
        return None
    secret = new_secret()
    hook.secret = seal(secret)
    hook.save(update_fields=["secret"])
    noted(by, now, CHANGE, "made a new secret")
    return secret


def noted(by: User, now: datetime, flag: int, message: str) -> None:
    LogEntry.objects.create(
        user=by,
        action_time=now,
        content_type=ContentType.objects.get_for_model(OperatorHook),
        object_id="1",
        object_repr="The operator's webhook",
        action_flag=flag,
        change_message=message,
    )
