"""System checks of what settings say together. `check --deploy` runs them."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.security, deploy=True)
def default_brand_is_meant(
    app_configs: Sequence[Any] | None,
    **_: Any,
) -> list[checks.CheckMessage]:
    """A default brand takes events that name no brand: right for one brand, a surprise for several."""
    if not settings.RESONANCE_DEFAULT_BRAND or settings.RESONANCE_SINGLE_BRAND:
        return []
    return [
        checks.Warning(
            "RESONANCE_DEFAULT_BRAND credits every call that names no brand to one brand.",
            hint="Unset it, or set RESONANCE_SINGLE_BRAND=1 where this brand is the only one.",
            id="portal.W001",
        )
    ]


@checks.register(checks.Tags.security, deploy=True)
def receivers_are_elsewhere(
    app_configs: Sequence[Any] | None,
    **_: Any,
) -> list[checks.CheckMessage]:
    """What a brand may send to this machine, it may send to whatever else listens there."""
    if not settings.RESONANCE_OUTGOING_INSECURE_HOSTS:
        return []
    return [
        checks.Warning(
            "RESONANCE_OUTGOING_INSECURE_HOSTS lets webhooks reach this machine, unencrypted.",
            hint="It is for trying things out: unset it.",
            id="portal.W002",
        )
    ]
