"""What of a brand's connection stands and what is missing, from the checks of `GET debug` and from its own rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from brands.http.callers import LOOKING, play
from brands.http.claims import Claims, Named
from brands.http.problems import Problem
from brands.models import ApiKey, Brand, SigningSecret, Trust
from events.api.debug import Check, checks_of_brand, checks_of_caller

# About a credential that comes with a call: none comes with this page.
OF_A_CREDENTIAL = {"key", "signature", "clock"}
TITLES = {
    "https": "Address",
    "brand": "Brand",
    "domain": "Domain",
    "domains": "Domains",
    "trust": "Trust",
    "keys": "Secret keys",
    "signing": "Signing secret",
    "rate_limit": "Calls left",
    "event_types": "Event types",
    "last_event": "Last event",
}
# What to do where a check fails, and the page to do it on.
REMEDIES = {
    "brand": ("Ask the operator of this installation.", ""),
    "domain": ("Add the domain, or call from your backend with a secret key.", "domains"),
    "trust": ("Choose a caller who proves more, or lower what the brand asks.", "settings"),
    "keys": ("Make a key for your backend.", "keys"),
    "event_types": ("Say what earns.", "event-types"),
    "last_event": ("Send the first event.", "test-console"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One check as the page shows it. `page` is where to do what there is to do."""

    name: str
    ok: bool
    detail: str

    @property
    def title(self) -> str:
        return TITLES.get(self.name, self.name)

    @property
    def todo(self) -> str:
        return "" if self.ok else REMEDIES.get(self.name, ("", ""))[0]

    @property
    def page(self) -> str:
        return "" if self.ok else REMEDIES.get(self.name, ("", ""))[1]


def steps(
    *,
    brand: Brand,
    claims: Claims,
    trust: Trust,
    https: bool,
    keys: Sequence[ApiKey],
    secrets: Sequence[SigningSecret],
    now: datetime,
) -> Iterator[Step]:
    """Every check of the debug call for a caller of this trust, and what only the brand itself may know."""
    secure = (
        "Calls come over TLS." if https else "Plain HTTP, which works on this very machine only."
    )
    yield Step("https", ok=True, detail=secure)
    try:
        caller = play(brand_id=brand.pk, trust=trust, claims=claims, wants=LOOKING, now=now)
        found = list(checks_of_caller(caller, claims, Named()))
    except Problem as problem:
        yield Step("brand", ok=False, detail=problem.detail)
        return
    if not caller.proved:
        # Whoever looks is of the team, and may know what an open caller is not told.
        known = play(brand_id=brand.pk, trust=Trust.KEY, claims=claims, wants=LOOKING, now=now)
        told = {check.name: check for check in checks_of_brand(known)}
        found = [told.get(check.name, check) for check in found]
    for check in found:
        if check.name not in OF_A_CREDENTIAL:
            yield step_of(check)
        if check.name == "domain":
            yield from steps_of_credentials(trust, keys, secrets, now)


def step_of(check: Check) -> Step:
    never = check.name == "last_event" and check.detail.startswith("None")
    return Step(check.name, ok=check.ok and not never, detail=check.detail)


def steps_of_credentials(
    trust: Trust, keys: Sequence[ApiKey], secrets: Sequence[SigningSecret], now: datetime
) -> Iterator[Step]:
    living = [key for key in keys if key.lives(now)]
    if living:
        used = sum(key.last_used_at is not None for key in living)
        detail = f"{len(living)} can be used, {used} {'has' if used == 1 else 'have'} been used."
        yield Step("keys", ok=True, detail=detail)
    else:
        yield Step("keys", ok=trust is not Trust.KEY, detail="There is none.")
    said = "There is one." if secrets else "There is none: only needed for signed calls."
    yield Step("signing", ok=bool(secrets) or trust is not Trust.SIGNED, detail=said)
