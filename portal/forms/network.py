"""What the operator looks for, and what the operator sets."""

from collections.abc import Mapping
from typing import Any

from django import forms

from analytics.queries.network import ORDERS
from portal.forms.limits import count
from portal.forms.money import RsncField
from portal.forms.receivers import ReceiverField

LONGEST = 120
MOST_PAGES = 10_000


class BrandsForm(forms.Form):
    """Which brands, in which order. What makes no sense is left out."""

    q = forms.CharField(
        label="Find a brand",
        required=False,
        max_length=LONGEST,
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "placeholder": "Name or address"}
        ),
    )
    sort = forms.ChoiceField(required=False, choices=[(name, name) for name in ORDERS])
    page = forms.IntegerField(required=False, min_value=1, max_value=MOST_PAGES)

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.full_clean()
        self.search: str = self.cleaned_data.get("q") or ""
        self.order: str = self.cleaned_data.get("sort") or "events"
        self.place: int = self.cleaned_data.get("page") or 1


def factor(label: str, help_text: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        min_value=1,
        max_value=100,
        max_digits=4,
        decimal_places=1,
        widget=forms.TextInput(
            attrs={"inputmode": "decimal", "autocomplete": "off", "class": "figure"}
        ),
        error_messages={
            "invalid": "Write a number with a point, such as 4.0.",
            "min_value": "Write 1 or more.",
            "max_value": "Write 100 or less.",
            "max_digits": "Write at most 100, with one decimal.",
            "max_decimal_places": "Write one decimal at most.",
            "max_whole_digits": "Write 100 or less.",
        },
    )


class AlertLimitsForm(forms.Form):
    """From when on something is far more than usual. `pay_floor` in hundredths of RSNC."""

    pay_factor = factor("Pays at least", "Times the usual of the same hour of the day.")
    pay_floor = RsncField(
        label="And no less than",
        digits=10,
        help_text="In an hour, of one event type. What is new has this floor alone.",
    )
    refusal_factor = factor("Refuses at least", "Times the usual of the same hour of the day.")
    refusal_floor = count("And no less than", "Refused events in an hour, of all event types.")
    mail = forms.BooleanField(label="Write e-mails", required=False)

    def __init__(self, *args: Any, network: Any = None, **options: Any) -> None:
        """With the network's limits, an empty field is as the network has it."""
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            field.error_messages["required"] = "Fill this in."
            if network is not None and name != "mail":
                field.required = False
                shown = field.prepare_value(getattr(network, name))
                field.widget.attrs["placeholder"] = f"{shown}"
                field.help_text = f"{field.help_text} Empty: {shown}, as the network has it."

    def clean_pay_floor(self) -> int | None:
        floor: int | None = self.cleaned_data["pay_floor"]
        if floor == 0:
            raise forms.ValidationError("Write 0.01 or more.")
        return floor


class HookForm(forms.Form):
    url = ReceiverField(help_text="On port 443 or 8443: https://ops.example.com/hooks/resonance")
