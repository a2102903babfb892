"""A secret key that does not exist yet."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.html import format_html

from brands.models import Scope
from portal.forms.names import NameField

# What a scope is for, in one sentence.
SCOPES = {
    Scope.EVENTS_WRITE: "Report events, one by one or in batches. This is what a shop's backend needs.",
    Scope.EVENTS_READ: "Read all events of the brand with their decisions, people included.",
    Scope.WALLETS_READ: "Read what a person can spend here, by e-mail address.",
}


class KeyForm(forms.Form):
    name = NameField(
        max_length=80,
        help_text="Where it is going to be used, such as Shop backend.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Give the key a name, so that you know it again."},
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=[
            (scope.value, format_html("<b>{}</b><small>{}</small>", scope.label, sentence))
            for scope, sentence in SCOPES.items()
        ],
        initial=[Scope.EVENTS_WRITE.value],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one thing that the key may do."},
    )
    # One key a form: see brands.services.create_key.
    form = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
