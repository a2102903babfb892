"""What narrows the audit log. All of it stands in the URL."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from brands.calendar import DAY, day_start

NOBODY = "resonance"
FIRST, LAST = date(2000, 1, 1), date(9000, 1, 1)


class AuditFilterForm(forms.Form):
    """What makes no sense is left out, never an error page."""

    person = forms.ChoiceField(label="Who", required=False)
    about = forms.ChoiceField(label="What", required=False)
    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(
        self,
        data: Any,
        *,
        people: Iterable[tuple[str, str]],
        nouns: Iterable[tuple[str, str]],
        zone: ZoneInfo,
    ) -> None:
        super().__init__(data)
        self.zone = zone
        self.fields["person"].choices = [("", "Everybody"), *people]  # type: ignore[attr-defined]
        self.fields["about"].choices = [("", "Everything"), *nouns]  # type: ignore[attr-defined]
        self.full_clean()

    def chosen(self) -> dict[str, str]:
        """What narrows it, as it stands in the URL."""
        return {name: f"{value}" for name, value in self.cleaned_data.items() if value}

    def begins(self) -> datetime | None:
        """Midnight of the first day, where the brand is."""
        return self.midnight(self.cleaned_data.get("since"))

    def ends(self) -> datetime | None:
        """Midnight after the last day, where the brand is."""
        return self.midnight(self.cleaned_data.get("until"), days=1)

    def midnight(self, day: date | None, *, days: int = 0) -> datetime | None:
        if day is None or not FIRST <= day <= LAST:
            return None
        return day_start(day + DAY * days, self.zone)
