"""How the audit log says what was done. Pure functions.

An action that has no sentence here is said by its name: `key.created` is "created the key". So a new
action needs an entry in SENTENCES only where that does not read well.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from brands.models import AuditEntry, Role, Scope, Trust, WebhookEndpoint
from portal.wording import plain, rsnc

# What follows the person's name; {} is what it was done to.
SENTENCES = {
    "adjustment.approved": "agreed to the adjustment of {}",
    "adjustment.posted": "adjusted the balance of {}",
    "adjustment.proposed": "proposed an adjustment of {}",
    "adjustment.refused": "refused the adjustment of {}",
    "alerts.changed": "changed from when on alerts go off",
    "brand.changed": "changed the settings",
    "brand.created": "created the brand {}",
    "brand.resumed": "resumed the brand: its calls are accepted again",
    "brand.suspended": "suspended the brand: its calls are refused",
    "domain.added": "added the domain {}",
    "domain.removed": "removed the domain {}",
    "domain.unverified": "took back that the domain {} is verified",
    "domain.verified": "verified the domain {}",
    "event_types.reordered": "moved the event type {}",
    "event.revealed": "looked at the whole event {}",
    "event.sent_again": "sent the event {} again as a test",
    "event_type.replayed": "replayed the missed events of {}",
    "event_type.switched": "switched the event type {}",
    "event_type.trust_changed": "changed the least trust of the event type {}",
    "log.exported": "downloaded the event log",
    "logo.changed": "changed the logo",
    "logo.removed": "removed the logo",
    "member.revealed": "looked at the whole address of {}",
    "membership.added": "took {} into the team",
    "membership.changed": "changed the role of {}",
    "membership.left": "left the team",
    "membership.removed": "took {} out of the team",
    "webhook.added": "added the webhook endpoint {}",
    "webhook.changed": "changed the webhook endpoint {}",
    "webhook.deleted": "deleted the webhook endpoint {}",
    "webhook.disabled": "switched off the webhook endpoint {}",
    "webhook.enabled": "switched on the webhook endpoint {}",
    "webhook.replayed": "sent failures to {} again",
    "webhook.resent": "sent a message to {} again",
    "webhook.rotated": "rotated the secret of the webhook endpoint {}",
    "webhook.secret_shown": "looked at the secret of the webhook endpoint {}",
    "rule.published": "published new terms of {}",
    "unmatched.dismissed": "dismissed the unmatched events named {}",
}
# What a filter calls all that was done to things of one kind.
NOUNS = {
    "alerts": "Alerts",
    "brand": "Settings",
    "event_types": "Order of event types",
    "log": "Event log",
    "logo": "Logo",
    "membership": "Team",
    "unmatched": "Unmatched events",
}
FIELDS = {
    "active": "On",
    "adjustment_limit": "Adjustments by one person alone",
    "alert_mail": "E-mails about alerts",
    "alert_pay_factor": "Alert: pays at least, times the usual",
    "alert_pay_floor": "Alert: pays no less than, an hour",
    "alert_refusal_factor": "Alert: refuses at least, times the usual",
    "alert_refusal_floor": "Alert: refuses no less than, an hour",
    "domain_required": "Insist on a domain",
    "least_trust": "Least trust",
    "open_brand_daily": "Open calls: all people together, a day",
    "open_new_wallets_hourly": "Open calls: new wallets, an hour and address",
    "open_person_daily": "Open calls: a person, a day",
    "person_daily_cap": "At most, a person and day",
    "quiet_answers": "Quiet answers",
    "rate_address": "Calls a minute from one network address",
    "rate_brand": "Calls a minute of the whole brand",
    "rate_person": "Calls a minute about one person",
    "slug": "Address of these pages",
    "tests": "Test events",
    "time_zone": "Time zone",
    "way": "Proved by",
}
# Noted as "12.50".
AMOUNTS = {
    "alert_pay_floor",
    "adjustment_limit",
    "amount",
    "open_brand_daily",
    "open_person_daily",
    "person_daily_cap",
    "reward",
}
VALUES: dict[str, dict[Any, str]] = {
    "least_trust": dict(Trust.choices),
    "role": dict(Role.choices),
    "scopes": dict(Scope.choices),
    "because": dict(WebhookEndpoint.Disabled.choices),
    "way": {"dns": "DNS", "file": "a file", "hand": "the operator"},
}
AMOUNT = re.compile(r"(-?[0-9]{1,16})\.([0-9]{2})", re.ASCII)
NOTHING = "\N{EN DASH}"
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Change:
    """One field, said: what it was, None where nothing was noted, and what it became."""

    field: str
    before: str | None
    after: str | None


def sentence(entry: AuditEntry) -> SafeString:
    """What was done, in words that follow a name."""
    template = SENTENCES.get(entry.action)
    if template is None:
        noun, _, verb = entry.action.rpartition(".")
        template = f"{spaced(verb)} the {spaced(noun)} {{}}" if noun else f"{spaced(verb)} {{}}"
        template = template.replace("{", "{{").replace("}", "}}").replace("{{}}", "{}")
    if "{}" not in template:
        return format_html("{}", template)
    subject = format_html("<b><bdi>{}</bdi></b>", plain(entry.subject)) if entry.subject else ""
    return SafeString(format_html(template, subject).rstrip())


def noun_said(noun: str) -> str:
    """How a filter calls it: Keys, Domains."""
    words = NOUNS.get(noun, spaced(noun).capitalize())
    return words if words.endswith("s") or noun in NOUNS else f"{words}s"


def changes(entry: AuditEntry) -> Iterator[Change]:
    """What was noted of it, a line for each field."""
    for name in worth_saying(entry):
        yield Change(
            field=FIELDS.get(name, spaced(name).capitalize()),
            before=value_said(name, entry.before[name]) if name in entry.before else None,
            after=value_said(name, entry.after[name]) if name in entry.after else None,
        )


def worth_saying(entry: AuditEntry) -> list[str]:
    """The noted fields, without what a new thing simply does not have."""
    return [
        name
        for name in dict.fromkeys([*entry.before, *entry.after])
        if name in entry.before or value_said(name, entry.after[name]) != NOTHING
    ]


def value_said(name: str, value: Any) -> str:
    """A noted value in one line, whatever it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, list):
        return shortened(", ".join(value_said(name, each) for each in value))
    if isinstance(value, dict):
        return shortened(plain(json.dumps(value, ensure_ascii=False)))
    if name in AMOUNTS and (amount := AMOUNT.fullmatch(f"{value}")):
        return f"{rsnc(int(amount[1] + amount[2]))} RSNC"
    return shortened(plain(VALUES.get(name, {}).get(value, f"{value}")))


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def spaced(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").replace(".", " ")
