"""What narrows the live page. All of it stands in the URL."""

from collections.abc import Iterable
from typing import Any

from django import forms

from events.models import EventType, Status
from events.queries.search import LogFilters


class LiveFilterForm(forms.Form):
    """Which events the feed shows. What makes no sense is left out, never an error page."""

    event_type = forms.ChoiceField(label="Event type", required=False)
    status = forms.ChoiceField(
        label="Decision", required=False, choices=[("", "Every decision"), *Status.choices]
    )
    world = forms.ChoiceField(
        label="World", required=False, choices=[("", "Live"), ("test", "Test")]
    )

    def __init__(self, data: Any, *, event_types: Iterable[EventType]) -> None:
        super().__init__(data, auto_id="live-filter-%s")
        choices = [("", "Every event type"), *((each.key, each.name) for each in event_types)]
        self.fields["event_type"].choices = choices  # type: ignore[attr-defined]
        self.full_clean()

    def filters(self) -> LogFilters:
        chosen = self.cleaned_data
        return LogFilters(
            event=chosen.get("event_type", ""),
            status=chosen.get("status", ""),
            test=chosen.get("world") == "test",
        )
