"""Whose a wallet is, for those who may know."""

from datetime import datetime

from django.db import transaction

from brands.models import Brand, User
from brands.services import note
from wallets.queries import addresses_of
from wallets.services.public_ids import public_wallet_id


@transaction.atomic
def reveal(*, brand: Brand, wallet: int, by: User, now: datetime) -> str:
    """The whole address of a member of the brand, empty where it was erased. Asking is written down."""
    subject = public_wallet_id(brand_id=brand.pk, wallet=wallet)
    note(brand=brand, by=by, action="member.revealed", subject=subject, now=now)
    return addresses_of([wallet]).get(wallet, "")
