"""What the pages' templates say with: amounts, times in the brand's zone, rules, rights."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

from brands import roles
from brands.models import Membership
from brands.roles import Permission
from events import services as events
from portal import static_files, wording
from wallets.addresses import mask

register = template.Library()


@register.filter
def rsnc(hundredths: int | None) -> str:
    return "\N{EN DASH}" if hundredths is None else wording.rsnc(hundredths)


@register.filter
def credited(hundredths: int | None) -> str:
    """With its sign: +10.00, a minus where it left, 0.00."""
    return f"{'+' if hundredths and hundredths > 0 else ''}{rsnc(hundredths)}"


@register.filter
def sentence(terms: wording.Said, zone: str) -> SafeString:
    return wording.sentence(terms, zone)


@register.filter
def masked(address: str | None) -> str:
    return mask(address) if address else "erased"


@register.filter
def plain(text: str) -> str:
    return wording.plain(text)


@register.filter
def status_said(status: str) -> str:
    return wording.STATUSES.get(status, status)


@register.filter
def reason_said(reason: str) -> str:
    return wording.REASONS.get(reason, reason)


@register.filter
def colour(status: str) -> str:
    return wording.COLOURS.get(status, "")


@register.filter
def kind_said(kind: str) -> str:
    return wording.KINDS.get(kind, kind)


@register.filter
def public_event_id(event: UUID) -> str:
    return events.public_event_id(event)


def local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone))


def time_element(moment: datetime, text: str, title: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), title, text)


@register.filter
def clock(moment: datetime, zone: str) -> SafeString:
    """14:02:31.482, for those who compare it with a log of their own."""
    here = local(moment, zone)
    text = f"{here:%H:%M:%S}.{here.microsecond // 1000:03}"
    return time_element(moment, text, f"{here:%d %B %Y} {text} {zone}")


@register.filter
def day(moment: datetime, zone: str) -> str:
    """Monday 24 November 2025."""
    here = local(moment, zone)
    return f"{here:%A} {here.day} {here:%B %Y}"


@register.filter
def when(moment: datetime, zone: str) -> SafeString:
    """24 Nov 2025, 14:02."""
    here = local(moment, zone)
    text = f"{here.day} {here:%b %Y, %H:%M}"
    return time_element(moment, text, f"{text} {zone}")


@register.filter
def instant(moment: datetime, zone: str) -> SafeString:
    """24 Nov 2025, 14:02:31.482 +01:00: nothing left to guess."""
    here = local(moment, zone)
    offset = f"{here:%z}"
    text = f"{here.day} {here:%b %Y, %H:%M:%S}.{here.microsecond // 1000:03} {offset[:3]}:{offset[3:5]}"
    return time_element(moment, text, f"{text} {zone}")


@register.filter
def may(membership: Membership, permission: str) -> bool:
    """Whether to offer it at all; the view refuses by itself."""
    return roles.may(membership.role, Permission(permission))


@register.simple_tag
def sign_up_is_open() -> bool:
    """Whether people can make accounts by themselves here."""
    return bool(settings.RESONANCE_SIGNUP == "open")


@register.simple_tag
def plotly_mark() -> str:
    """See portal.static_files."""
    return static_files.plotly_mark()
