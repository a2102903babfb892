"""What was done for the brand, by whom: to read, to narrow and to take home."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from brands.models import AuditEntry, Brand, User
from brands.models.audit import AuditQuerySet
from brands.roles import Permission
from portal import spreadsheet
from portal.audit_wording import Change, changes, noun_said, sentence
from portal.forms.audit import NOBODY, AuditFilterForm
from portal.forms.positions import position
from portal.views.access import BrandPageRequest, needs

WHERE: dict[str, Any] = {"room": "settings", "tab": "audit"}
PAGE = 50
AT_ONCE = 1_000
# The database's own.
COLUMNS = ["time", "who", "e-mail", "action", "subject", "before", "after", "address", "request id"]


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as the page shows it."""

    entry: AuditEntry
    who: str
    said: SafeString
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class People:
    """Who is who in a brand's audit log."""

    team: frozenset[int]

    def name(self, user: User | None) -> str:
        """Operators who are not in the team act as what they are."""
        if user is None:
            return "Resonance"
        if user.is_staff and user.pk not in self.team:
            return "The operator"
        return user.name or user.email

    def address(self, user: User | None) -> str:
        return "" if user is None or self.name(user) == "The operator" else user.email


@needs(Permission.VIEW_AUDIT)
@require_GET
def audit(request: BrandPageRequest) -> HttpResponse:
    people = people_of(request.brand)
    form = filters(request, people)
    before = position(request.GET.get("before"))
    found = list(narrowed(request.brand, form).newest_first(before=before)[: PAGE + 1])
    rows = [
        Line(entry, people.name(entry.by), sentence(entry), list(changes(entry)))
        for entry in found[:PAGE]
    ]
    context = {
        "form": form,
        "query": urlencode(form.chosen()),
        "cursor": before,
        "rows": rows,
        "next": found[PAGE - 1].pk if len(found) > PAGE else None,
    }
    return render(request, "portal/settings/audit.html", WHERE | context)


@needs(Permission.VIEW_AUDIT)
@require_GET
def download_audit(request: BrandPageRequest) -> StreamingHttpResponse:
    """All of it that the filters leave, newest first, as it is read: no file is made."""
    people = people_of(request.brand)
    chosen = narrowed(request.brand, filters(request, people))
    here = timezone.now().astimezone(request.brand.zone)
    name = f"audit-{request.brand.slug}-{here:%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        spreadsheet.lines(cells(chosen, people, request.brand)),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def cells(chosen: AuditQuerySet, people: People, brand: Brand) -> Iterator[list[str]]:
    """Read in portions, so that no query and no transaction lasts as long as the download."""
    yield COLUMNS
    before = None
    while portion := list(chosen.newest_first(before=before)[:AT_ONCE]):
        for entry in portion:
            yield [
                entry.created_at.astimezone(brand.zone).isoformat(),
                people.name(entry.by),
                people.address(entry.by),
                entry.action,
                entry.subject,
                json.dumps(entry.before, ensure_ascii=False) if entry.before else "",
                json.dumps(entry.after, ensure_ascii=False) if entry.after else "",
                entry.address,
                entry.request_id,
            ]
        before = portion[-1].pk


def people_of(brand: Brand) -> People:
    return People(frozenset(brand.memberships.values_list("user_id", flat=True)))


def filters(request: BrandPageRequest, people: People) -> AuditFilterForm:
    """The form, offering whom and what the log knows."""
    seen = request.brand.audit_entries.order_by().values_list("by_id", "action").distinct()
    pairs: list[tuple[int | None, str]] = [*seen]
    known = User.objects.in_bulk({by for by, _ in pairs if by is not None})
    names = sorted((people.name(user), f"{user.pk}") for user in known.values())
    somebody = [(key, name) for name, key in names]
    if any(by is None for by, _ in pairs):
        somebody.append((NOBODY, "Resonance"))
    nouns = {action.partition(".")[0] for _, action in pairs}
    return AuditFilterForm(
        request.GET,
        people=somebody,
        nouns=sorted(((noun, noun_said(noun)) for noun in nouns), key=lambda each: each[1]),
        zone=request.brand.zone,
    )


def narrowed(brand: Brand, form: AuditFilterForm) -> AuditQuerySet:
    found = AuditEntry.objects.filter(brand=brand).between(form.begins(), form.ends())
    if person := form.cleaned_data.get("person"):
        found = found.filter(by=None if person == NOBODY else int(person))
    if noun := form.cleaned_data.get("about"):
        found = found.about(noun)
    return found
