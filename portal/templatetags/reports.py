"""What the reports' templates say with: days, and the rows of their tables."""

from collections.abc import Sequence
from fractions import Fraction
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from analytics.queries import Period
from portal.views.reports.chart import Cell, share

register = template.Library()


@register.filter
def days_meant(period: Period) -> str:
    """24 Oct to 22 Nov 2026 (30 days)."""
    first, last = period.first, period.last
    if first == last:
        return f"{last.day} {last:%b %Y}"
    year = "" if first.year == last.year else f" {first:%Y}"
    return f"{first.day} {first:%b}{year} to {last.day} {last:%b %Y} ({period.length} days)"


@register.filter
def share_said(part: Fraction | None) -> str:
    """Of one, in percent."""
    return share(part).text


@register.filter
def cells(row: Sequence[Cell], words: int) -> SafeString:
    """A row's cells: words, then figures. Neither by a template nor by format_html: a page has thousands of them."""
    first, *others = row
    parts = [f'<th scope="row">{content(first)}</th>']
    for n, each in enumerate(others, start=1):
        if n < words:
            parts.append(f"<td>{content(each)}</td>")
        else:
            parts.append(f'<td class="figure">{escape(each.text)}</td>')
    return mark_safe("".join(parts))  # noqa: S308 - all of it is escaped


def content(each: Cell) -> str:
    text = f"<bdi>{escape(each.text)}</bdi>"
    return f'<a class="row" href="{escape(each.link)}">{text}</a>' if each.link else text
