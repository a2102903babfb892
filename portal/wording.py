"""How the pages say things: amounts, a rule in one sentence, a masked address. Pure functions."""

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Protocol

import simplejson
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from events.models import Cooldown

INVISIBLE = {"Cc", "Cf", "Zl", "Zp"}
UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
NAMING = re.compile(
    r"(?P<thing>.+?)(_(id|number|no|nr|key|ref|reference|code)|(Id|ID|Number|Key|Ref|Reference|Code))"
)
WHOLE = re.compile(r"id|number|no|nr|key|ref|reference|code", re.IGNORECASE)
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
WINDOWS = {
    Cooldown.DAY: "once a calendar day",
    Cooldown.WEEK: "once a calendar week",
    Cooldown.MONTH: "once a calendar month",
    Cooldown.EVER: "once ever",
}
STATUSES = {
    "no_reward": "no reward",
    "duplicate": "duplicate",
    "cooldown": "cooldown",
    "capped": "capped",
    "budget_exhausted": "budget used up",
    "pending": "pending",
    "rewarded": "rewarded",
}
COLOURS = {
    "rewarded": "good",
    "pending": "good",
    "cooldown": "wait",
    "capped": "wait",
    "budget_exhausted": "bad",
}
REASONS = {
    "cooldown": "inside the cooldown",
    "duplicate": "rewarded already",
    "business_key_missing": "what it pays once for was not sent",
    "event_type_off": "the event type is switched off",
    "no_rule": "the event type has no rule",
    "open_brand_daily": "the brand's daily limit for open calls",
    "open_new_wallets": "too many new wallets from one place",
    "open_person_daily": "the person's daily limit for open calls",
    "rule_daily_cap": "the person's daily limit of the rule",
}
KINDS = {
    "earn": "Earned",
    "adjust": "Adjusted by hand",
    "reserve": "Held or spent",
    "release": "Given back unspent",
}


class Said(Protocol):
    """What a rule pays: a draft's terms and a published version both say it."""

    @property
    def amount(self) -> int: ...
    @property
    def cooldown(self) -> str: ...
    @property
    def cooldown_seconds(self) -> int | None: ...
    @property
    def business_key(self) -> str: ...
    @property
    def person_daily_cap(self) -> int | None: ...


def rsnc(hundredths: int) -> str:
    """1250 is 12.50, and 123456 is 1,234.56. The unit is the page's to say, once."""
    sign = "\N{MINUS SIGN}" if hundredths < 0 else ""
    whole, rest = divmod(abs(hundredths), 100)
    return f"{sign}{whole:,}.{rest:02}"


def length(seconds: int) -> str:
    """3600 is 1 hour, 86400 is 24 hours, 90000 is 25 hours: the largest unit that divides it."""
    for unit, size in UNITS:
        count, rest = divmod(seconds, size)
        if rest == 0 and (unit != "day" or count > 1):
            return f"{count:,} {unit}{'' if count == 1 else 's'}"
    raise AssertionError("every whole number of seconds is a number of seconds")


def plain(text: str) -> str:
    """Direction marks and other invisible characters show themselves, and turn nothing round."""
    return "".join(
        json.dumps(char)[1:-1] if char != "\n" and unicodedata.category(char) in INVISIBLE else char
        for char in text
    )


def pretty(document: Mapping[str, Any] | None) -> str:
    """Indented JSON, numbers as they were sent, invisible characters spelled out."""
    return plain(simplejson.dumps(document, indent=2, ensure_ascii=False)) if document else ""


def bold(text: str) -> SafeString:
    return format_html("<b>{}</b>", text)


def cooldown_said(terms: Said) -> SafeString:
    if terms.cooldown == Cooldown.ROLLING:
        return format_html("once every {} per person", bold(length(terms.cooldown_seconds or 0)))
    if terms.cooldown in WINDOWS:
        return format_html("{} per person", bold(WINDOWS[Cooldown(terms.cooldown)]))
    return SafeString() if terms.business_key else bold("every time")


def thing(path: str) -> str:
    """What a path names, where that can be told: metadata.order_id names an order; empty where it cannot."""
    *above, last = path.split(".")[1:]
    found = NAMING.fullmatch(last)
    name = found["thing"] if found else ""
    if not name and above and WHOLE.fullmatch(last):
        name = above[-1]
    words = CAMEL.sub("_", name).lower().split("_")
    return " ".join(words) if all(word.isalpha() for word in words) else ""


def key_said(path: str) -> SafeString:
    """Once per order (metadata.order_id): what is meant, and where it stands."""
    name = thing(path)
    if name:
        return format_html("once per {} (<bdi>{}</bdi>)", bold(name), path)
    return format_html("once per <b><bdi>{}</bdi></b>", path)


def terms_said(terms: Said) -> list[tuple[str, str]]:
    """What a rule pays, field by field, so that two can be compared."""
    if terms.cooldown == Cooldown.ROLLING:
        cooldown = f"once every {length(terms.cooldown_seconds or 0)} per person"
    elif terms.cooldown in WINDOWS:
        cooldown = f"{WINDOWS[Cooldown(terms.cooldown)]} per person"
    else:
        cooldown = "none"
    cap = terms.person_daily_cap
    return [
        ("Reward", f"{rsnc(terms.amount)} RSNC"),
        ("Cooldown", cooldown),
        ("Once per", terms.business_key or "every time"),
        ("At most, per person and day", "no limit" if cap is None else f"{rsnc(cap)} RSNC"),
    ]


def sentence(terms: Said, zone: str) -> SafeString:
    """The rule said back: what it pays, how often, for what, at most how much, and whose midnight."""
    parts = [cooldown_said(terms)]
    if terms.business_key:
        parts.append(key_said(terms.business_key))
    if terms.person_daily_cap is not None:
        cap = bold(f"{rsnc(terms.person_daily_cap)} RSNC a day")
        parts.append(format_html("at most {} per person", cap))
    said = mark_safe(", ".join(part for part in parts if part))  # noqa: S308 - parts are safe already
    pays = format_html("Pays {} {}.", bold(f"{rsnc(terms.amount)} RSNC"), said)
    return format_html("{}{}", pays, clock_said(terms, zone))


def clock_said(terms: Said, zone: str) -> SafeString:
    """Whose midnight it is, where that matters."""
    if terms.cooldown == Cooldown.WEEK:
        return format_html(" A week begins on Monday at 00:00 in {}.", zone)
    if terms.cooldown == Cooldown.MONTH:
        return format_html(" A month begins on the 1st at 00:00 in {}.", zone)
    if terms.cooldown == Cooldown.DAY or terms.person_daily_cap is not None:
        return format_html(" A day begins at 00:00 in {}.", zone)
    return SafeString()
