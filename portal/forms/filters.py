"""What narrows the log. All of it stands in the URL."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from brands.calendar import today_start
from brands.models import Trust
from events.models import EventType, Status
from events.personal import masked_text
from events.words import asked
from wallets.addresses import InvalidAddress, normalise

WALLET = "wal_"
KEY = re.compile(r"[a-z0-9_.:-]{1,64}")
YEARS = range(2000, 9000)
SOURCES = {
    "api": "API",
    "portal": "Portal",
    "operator": "Operator",
    "demo": "Demo",
    "replay": "Replay",
}
DAYS = {"7d": 7, "30d": 30}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, and the log without it. `value` is a partner's or a person's text."""

    label: str
    value: str
    without: str


class LenientChoiceField(forms.ChoiceField):
    """What is not one of the choices is left out."""

    def validate(self, value: str) -> None:
        pass

    def clean(self, value: Any) -> str:
        chosen = f"{super().clean(value)}"
        return chosen if self.valid_value(chosen) else ""


class NameField(forms.ChoiceField):
    """One of the choices, or a name that looks like one: what has been removed is still in the log."""

    def validate(self, value: str) -> None:
        pass

    def clean(self, value: Any) -> str:
        chosen = f"{super().clean(value)}"
        return chosen if KEY.fullmatch(chosen) else ""


class MomentField(forms.CharField):
    """A day and a time where the brand is."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})
    zone = ZoneInfo("UTC")

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text).replace(tzinfo=self.zone)
        except ValueError as wrong:
            raise ValidationError("Write it as 2026-03-18T14:00.") from wrong
        if moment.year not in YEARS:
            raise ValidationError("Choose a year after 2000.")
        return moment


class LogFilterForm(forms.Form):
    """Which events the log shows. A choice that is none is left out; what was typed is never ignored."""

    words = forms.CharField(
        label="Words in the metadata",
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "placeholder": "ORD-12345, or ord-12*",
            }
        ),
    )
    event_type = NameField(label="Event type", required=False)
    status = LenientChoiceField(
        label="Decision", required=False, choices=[("", "Every decision"), *Status.choices]
    )
    world = LenientChoiceField(
        label="World", required=False, choices=[("", "Live"), ("test", "Test")]
    )
    period = LenientChoiceField(
        label="Time",
        required=False,
        choices=[
            ("", "Any time"),
            ("today", "Today"),
            ("7d", "Last 7 days"),
            ("30d", "Last 30 days"),
        ],
    )
    person = forms.CharField(
        label="Person",
        required=False,
        max_length=254,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "placeholder": "somebody@example.com or wal_…",
            }
        ),
    )
    trust = LenientChoiceField(
        label="Trust",
        required=False,
        choices=[("", "Every trust"), *((each.value, each.value) for each in Trust)],
    )
    source = NameField(label="Came by", required=False)
    since = MomentField(label="From", required=False)
    until = MomentField(label="Until", required=False)

    def __init__(self, data: Any, *, event_types: Iterable[EventType], zone: ZoneInfo) -> None:
        super().__init__(data)
        self.zone = zone
        self.offer("event_type", "Every event type", {each.key: each.name for each in event_types})
        self.offer("source", "Every way", SOURCES)
        for name in ("since", "until"):
            self.fields[name].zone = zone  # type: ignore[attr-defined]
        self.full_clean()

    def offer(self, name: str, every: str, known: dict[str, str]) -> None:
        """These, and what the URL asks for besides."""
        asked_for = f"{self.data.get(name) or ''}"
        if KEY.fullmatch(asked_for) and asked_for not in known:
            known = {**known, asked_for: asked_for}
        self.fields[name].choices = [("", every), *known.items()]  # type: ignore[attr-defined]

    def clean_person(self) -> str:
        typed: str = self.cleaned_data["person"]
        if not typed or typed.lower().startswith(WALLET):
            return typed.lower()
        try:
            return normalise(typed)
        except InvalidAddress as refused:
            raise ValidationError(f"{refused}") from refused

    def clean_words(self) -> str:
        typed: str = self.cleaned_data["words"]
        if typed and not asked(typed):
            raise ValidationError("Write a word or a number.")
        return typed

    def clean(self) -> None:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until <= since:
            self.add_error("until", "This is not after the beginning.")

    @property
    def more(self) -> bool:
        """Whether one of the rarer filters is in use, or wrong."""
        return any(self.data.get(name) for name in ("person", "trust", "source", "since", "until"))

    def chosen(self) -> dict[str, str]:
        """What narrows it, as it stands in the URL."""
        return {
            name: f"{self.data.get(name)}" for name in self.fields if self.cleaned_data.get(name)
        }

    def query(self, *, without: str = "") -> str:
        return urlencode({name: text for name, text in self.chosen().items() if name != without})

    def typed(self) -> str:
        """All that was sent, right or wrong."""
        sent = {name: self.data.get(name) for name in self.fields}
        return urlencode({name: text for name, text in sent.items() if text})

    def chips(self) -> list[Chip]:
        return [
            Chip(f"{self.fields[name].label}", self.said(name), self.query(without=name))
            for name in self.chosen()
        ]

    def said(self, name: str) -> str:
        """What was chosen, in words."""
        value = self.cleaned_data[name]
        if isinstance(value, datetime):
            return f"{value.day} {value:%b %Y, %H:%M}"
        choices = dict(getattr(self.fields[name], "choices", ()))
        return f"{choices.get(value, value)}"

    def begins(self, now: datetime, *, without: str = "") -> datetime | None:
        """The later one of the period's beginning and of what was typed."""
        chosen = {name: value for name, value in self.cleaned_data.items() if name != without}
        period: str = chosen.get("period") or ""
        begins = [chosen.get("since")]
        if period == "today":
            begins.append(today_start(now, self.zone))
        elif period:
            begins.append(now - timedelta(days=DAYS[period]))
        return max((each for each in begins if each), default=None)

    def noted(self) -> dict[str, str]:
        """For the audit log, which holds no address."""
        return {name: masked_text(text) for name, text in self.chosen().items()}
