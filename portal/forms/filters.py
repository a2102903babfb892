"""What narrows the log and finds a member. All of it stands in the URL."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from events.models import EventType, Status
from wallets.addresses import InvalidAddress, normalise


class LogFilterForm(forms.Form):
    """Which events the log shows. What makes no sense is left out, never an error page."""

    event_type = forms.ChoiceField(label="Event type", required=False)
    status = forms.ChoiceField(
        label="Decision", required=False, choices=[("", "Every decision"), *Status.choices]
    )
    world = forms.ChoiceField(
        label="World", required=False, choices=[("", "Live"), ("test", "Test")]
    )

    def __init__(self, data: Any, *, event_types: Iterable[EventType]) -> None:
        super().__init__(data)
        choices = [("", "Every event type"), *((each.key, each.name) for each in event_types)]
        self.fields["event_type"].choices = choices  # type: ignore[attr-defined]

    def chosen(self, name: str) -> str:
        """What was chosen, or nothing where it is not one of the choices."""
        self.full_clean()
        return str(self.cleaned_data.get(name) or "")


class FindMemberForm(forms.Form):
    """A whole address: half of one finds nobody, so that a list of people cannot be fished out."""

    address = forms.CharField(
        label="Find by e-mail address",
        required=False,
        max_length=254,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "placeholder": "ann@example.com",
            }
        ),
    )

    def clean_address(self) -> str:
        typed: str = self.cleaned_data["address"]
        if not typed:
            return ""
        try:
            return normalise(typed)
        except InvalidAddress as refused:
            raise ValidationError(f"{refused}") from refused
