"""An event composed by hand. What is wrong with it the API says, in its own words."""

from typing import Any

from django import forms

from brands.http.problems import Problem
from brands.models import Trust
from portal.console import Composed

DRY_RUN, TEST = "dry_run", "test"
CODE = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class ConsoleForm(forms.Form):
    event = forms.CharField(
        label="Event type",
        required=False,
        strip=False,
        help_text="Choose one, or write any name to see what happens to it.",
        widget=forms.TextInput(attrs={**CODE, "class": "mono", "list": "event-types"}),
    )
    email = forms.CharField(
        label="E-mail address",
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={**CODE, "inputmode": "email"}),
    )
    metadata = forms.CharField(
        label="Metadata",
        required=False,
        strip=False,
        help_text="A JSON object. Leave it empty to send none.",
        widget=forms.Textarea(attrs={**CODE, "class": "mono", "rows": 8}),
    )
    idempotency_key = forms.CharField(
        label="Idempotency key",
        required=False,
        strip=False,
        help_text="Leave it empty for none. The same key again gets the first answer again.",
        widget=forms.TextInput(attrs={**CODE, "class": "mono"}),
    )
    trust = forms.ChoiceField(
        label="As a caller who sends",
        choices=[
            (Trust.KEY.value, "a secret key"),
            (Trust.SIGNED.value, "a signature"),
            (Trust.OPEN.value, "nothing but the brand id"),
        ],
        initial=Trust.KEY.value,
    )
    mode = forms.ChoiceField(
        label="What becomes of it",
        choices=[
            (DRY_RUN, "Dry run: decided as a live event would be, and nothing is recorded"),
            (TEST, "Test: recorded in the test world, apart from everything live"),
        ],
        initial=DRY_RUN,
        widget=forms.RadioSelect,
    )
    # The event that it was begun from. What is masked of it is sent as it was.
    source = forms.CharField(required=False, widget=forms.HiddenInput)

    def composed(self, *, email: str = "", metadata: str | None = None) -> Composed:
        """What a valid form says; `email` and `metadata` where they are known better than what is shown."""
        data = self.cleaned_data
        return Composed(
            event=data["event"],
            email=data["email"] or email,
            metadata=data["metadata"] if metadata is None else metadata,
            idempotency_key=data["idempotency_key"],
            trust=Trust(data["trust"]),
            dry_run=data["mode"] == DRY_RUN,
        )

    def show(self, problem: Problem) -> None:
        """Each thing that the API says is wrong, at the field that it is about where there is one."""
        for error in problem.errors:
            name = error.param.partition(".")[0].partition("[")[0]
            inner = error.param if name != error.param else ""
            field = name if name in self.fields else None
            self.add_error(field, f"{inner}: {error.message}" if inner else error.message)

    def filled(self, **values: Any) -> "ConsoleForm":
        """The same as it was typed, with some fields filled in anew."""
        typed = {name: self[name].value() for name in self.fields}
        return ConsoleForm(initial=typed | values)
