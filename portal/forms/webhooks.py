"""Webhook endpoints, and from when on failures are sent again."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html

from brands.models import WebhookKind
from portal.forms.receivers import ReceiverField

# What a kind is about, in one sentence.
KINDS = {
    WebhookKind.WALLET_CREDITED: "Somebody earned RSNC.",
    WebhookKind.EVENT_REFUSED: "An event was recorded and earned nothing: a duplicate, a cooldown, a limit, or no rule that fits.",
    WebhookKind.ALERT_OPENED: "An event type pays, or the brand refuses, far more than usual in an hour.",
    WebhookKind.ALERT_CLOSED: "What an alert was about is as usual again.",
}
FIRST_YEAR, LAST_YEAR = 2000, 9000


class EndpointForm(forms.Form):
    url = ReceiverField(
        help_text="Where we send to, on port 443 or 8443: https://shop.example.com/hooks/resonance"
    )
    kinds = forms.MultipleChoiceField(
        label="What it is told of",
        choices=[
            (kind.value, format_html("<code>{}</code><small>{}</small>", kind.value, sentence))
            for kind, sentence in KINDS.items()
        ],
        initial=[WebhookKind.WALLET_CREDITED.value],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one thing to be told of."},
    )
    tests = forms.BooleanField(
        label="Test events as well",
        required=False,
        help_text="They say “test”: true, and nobody earned anything.",
    )


class SinceForm(forms.Form):
    """A moment, on the clock of the brand."""

    since = forms.DateTimeField(
        label="Failures since",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={
            "required": "Say since when.",
            "invalid": "Write a date and a time, such as 2026-03-18 14:30.",
        },
    )

    def __init__(self, data: Any, *, zone: ZoneInfo, now: datetime, **options: Any) -> None:
        super().__init__(data, **options)
        self.zone, self.now = zone, now
        self.fields["since"].help_text = f"In {zone.key}."

    def clean_since(self) -> datetime:
        typed: datetime = self.cleaned_data["since"]
        if not FIRST_YEAR <= typed.year <= LAST_YEAR:
            raise ValidationError("Write a date of this century.")
        # Django reads it on UTC's clock; it was written on the brand's.
        since = typed.replace(tzinfo=self.zone)
        if since > self.now:
            raise ValidationError("That is in the future: nothing has failed since then.")
        return since
