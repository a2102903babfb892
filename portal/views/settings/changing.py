"""Saving settings that two people may be changing at the same time."""

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.utils import timezone

from brands import services as brands
from brands.models import AuditEntry
from brands.queries import last_changes
from portal.audit_wording import FIELDS, value_said
from portal.forms.seen import SeenForm
from portal.views.access import BrandPageRequest

Form = TypeVar("Form", bound=SeenForm)


@dataclass(frozen=True, slots=True)
class Newer:
    """A setting that somebody else has changed since the page was loaded."""

    field: str
    value: str
    entry: AuditEntry | None


@dataclass
class Attempt(Generic[Form]):
    """What came of it: the names of what was changed, or None where nothing was saved."""

    form: Form
    changed: list[str] | None = None
    newer: list[Newer] = field(default_factory=list)


def save(request: BrandPageRequest, form: Form) -> Attempt[Form]:
    """Change what the person changed. What others have changed meanwhile is shown, not overwritten."""
    if not form.is_valid():
        return Attempt(form)
    try:
        changed = brands.change_brand(
            brand=request.brand,
            by=request.user,
            now=timezone.now(),
            seen=form.seen(),
            **form.cleaned_data,
        )
    except brands.SettingsChanged as refused:
        newer = newer_settings(request, form, refused.now)
        return Attempt(form.on_top_of(refused.now), newer=newer)
    except brands.InvalidBrand as refused:
        for name, problems in refused.message_dict.items():
            form.add_error(name if name in form.fields else None, problems)
        return Attempt(form)
    return Attempt(form, changed)


def newer_settings(request: BrandPageRequest, form: SeenForm, now: Any) -> list[Newer]:
    entries = last_changes(request.brand, now)
    shown = brands.as_noted(request.brand, now) | {
        name: entry.after[name] for name, entry in entries.items()
    }
    return [
        Newer(
            field=f"{form.fields[name].label or FIELDS.get(name, name)}",
            value=value_said(name, shown[name]),
            entry=entries.get(name),
        )
        for name in now
    ]
