"""Second factors: a code is good for once, and all of them can be taken away."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from brands.models import User

LAST_COUNTER = "last_counter"


@transaction.atomic
def spend_code(*, factor: Authenticator, counter: int) -> bool:
    """Note that the code of this half minute was used. False where it, or a later one, was already."""
    row = Authenticator.objects.select_for_update().get(pk=factor.pk)
    if counter <= row.data.get(LAST_COUNTER, -1):
        return False
    row.data[LAST_COUNTER] = counter
    row.save(update_fields=["data"])
    return True


def reset_second_factors(*, user: User) -> int:
    """Remove every second factor and all recovery codes: the password alone signs in. How many factors went."""
    gone = Authenticator.objects.filter(user_id=user.pk)
    count: int = gone.exclude(type=Authenticator.Type.RECOVERY_CODES).count()
    gone.delete()
    return count
