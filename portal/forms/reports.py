"""What narrows a report. All of it stands in the URL."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from analytics.queries import Period
from brands.calendar import DAY
from events.models import EventType
from portal.wording import plain

CUSTOM = "custom"
USUAL = "30d"
PERIODS = {
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    "last-week": "Last week",
    "month": "This month",
    "last-month": "Last month",
    CUSTOM: "Custom days",
}
DAYS = {"7d": 7, "30d": 30, "90d": 90}
LONGEST = 400
SHOWN = 20
EARLIEST = date(2000, 1, 1)
DATED = {"first", "last"}


class DayInput(forms.DateInput):
    """A browser's picker holds days and nothing else: what is none is said beside it."""

    input_type = "date"

    def format_value(self, value: Any) -> str:
        try:
            return date.fromisoformat(f"{value}").isoformat()
        except ValueError:
            return ""


class DayField(forms.Field):
    """A day where the brand is, as 2026-03-18."""

    widget = DayInput

    def __init__(self, label: str) -> None:
        super().__init__(label=label, required=False)

    def clean(self, value: Any) -> date | None:
        text = f"{value or ''}".strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError as wrong:
            said = plain(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")
            raise ValidationError(f"“{said}” is no day: write it as 2026-03-18.") from wrong


class ReportForm(forms.Form):
    """Which days, which events. Where the days make no sense it says so, and the last 30 are taken."""

    period = forms.ChoiceField(
        label="Period",
        required=False,
        choices=[*PERIODS.items()],
        error_messages={"invalid_choice": "There is no such period."},
    )
    first = DayField("First day")
    last = DayField("Last day")
    event_type = forms.ChoiceField(
        label="Event type",
        required=False,
        error_messages={"invalid_choice": "There is no such event type."},
    )
    world = forms.ChoiceField(
        label="World",
        required=False,
        choices=[("", "Live"), ("test", "Test")],
        error_messages={"invalid_choice": "There is no such world."},
    )

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        event_types: Iterable[EventType],
        today: date,
        zone: ZoneInfo,
    ) -> None:
        typed = {name: f"{data.get(name) or ''}" for name in self.base_fields}
        if not typed["period"]:
            typed["period"] = CUSTOM if typed["first"] or typed["last"] else USUAL
        if typed["period"] != CUSTOM:
            typed |= dict.fromkeys(DATED, "")
        super().__init__(typed)
        self.typed_in = typed
        self.zone, self.today = zone, today
        self.event_types = {each.key: each for each in event_types}
        known = ((each.key, each.name) for each in self.event_types.values())
        self.fields["event_type"].choices = [("", "Every event type"), *known]  # type: ignore[attr-defined]
        self.full_clean()
        if typed["period"] != CUSTOM:
            # Who goes on to choose days of their own begins with these.
            period = self.chosen_period()
            typed |= {"first": period.first.isoformat(), "last": period.last.isoformat()}

    def clean(self) -> None:
        if self.cleaned_data.get("period") != CUSTOM:
            return
        for name in ("first", "last"):
            if name not in self.errors:
                self.check_day(name, self.cleaned_data.get(name))
        if not DATED & self.errors.keys():
            length = (self.cleaned_data["last"] - self.cleaned_data["first"]).days + 1
            if length < 1:
                self.add_error("last", "This is before the first day.")
            elif length > LONGEST:
                self.add_error(
                    "last", f"These are {length:,} days: at most {LONGEST} are shown at once."
                )

    def check_day(self, name: str, day: date | None) -> None:
        if day is None:
            self.add_error(name, "Choose a day.")
        elif day < EARLIEST:
            self.add_error(name, "Choose a day after 1999.")
        elif day > self.today:
            self.add_error(name, f"This day is still to come: today is {self.today.isoformat()}.")

    @property
    def fell_back(self) -> bool:
        """Whether other days are shown than those asked for."""
        return bool(self.errors.keys() & {"period", *DATED})

    def chosen_period(self) -> Period:
        first, last = self.days()
        return Period(first, last, self.zone)

    def days(self) -> tuple[date, date]:
        """The first and the last one, today included."""
        chosen = USUAL if self.fell_back else self.cleaned_data["period"]
        month = self.today.replace(day=1)
        week = self.today - DAY * self.today.weekday()
        if chosen == CUSTOM:
            return self.cleaned_data["first"], self.cleaned_data["last"]
        if chosen == "last-week":
            return week - DAY * 7, week - DAY
        if chosen == "month":
            return month, self.today
        if chosen == "last-month":
            return (month - DAY).replace(day=1), month - DAY
        return self.today - DAY * (DAYS[chosen] - 1), self.today

    def chosen_type(self) -> EventType | None:
        return self.event_types.get(self.cleaned_data.get("event_type", ""))

    @property
    def test(self) -> bool:
        return bool(self.cleaned_data.get("world") == "test")

    def query(self) -> str:
        """What is asked for, as short as it can be said."""
        chosen = {
            name: value
            for name, value in self.typed_in.items()
            if value and (name not in DATED or self.typed_in["period"] == CUSTOM)
        }
        if chosen.get("period") == USUAL:
            del chosen["period"]
        return urlencode(chosen)
