"""What the reports' templates say with: days, and the rows of their tables."""

from collections.abc import Sequence

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from analytics.queries import Period
from portal.views.reports.chart import Cell

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
def cells(row: Sequence[Cell], words: int) -> SafeString:
    """A row's cells: words, then figures. Not by a template: a page has thousands of them."""
    first, *others = row
    return mark_safe(  # noqa: S308 - of what format_html has escaped
        format_html('<th scope="row">{}</th>', content(first))
        + "".join(cell(each, figure=n >= words) for n, each in enumerate(others, start=1))
    )


def cell(each: Cell, *, figure: bool) -> SafeString:
    if figure:
        return format_html('<td class="figure">{}</td>', each.text)
    return format_html("<td>{}</td>", content(each))


def content(each: Cell) -> SafeString:
    text = format_html("<bdi>{}</bdi>", each.text)
    if each.link:
        text = format_html('<a class="row" href="{}">{}</a>', each.link, text)
    return text
