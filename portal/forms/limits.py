"""Whom a brand listens to, and how much of it."""

from typing import Any

from django import forms

from brands.models import Trust
from portal.forms.money import RsncField
from portal.forms.seen import SeenForm

MOST = 1_000_000_000


def count(label: str, help_text: str, *, least: int = 1) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=MOST,
        help_text=help_text,
        error_messages={
            "required": "Fill this in.",
            "invalid": "Write a whole number.",
            "min_value": f"Write {least} or more.",
            "max_value": "This is more than can be counted.",
        },
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "class": "figure"}
        ),
    )


class LimitsForm(SeenForm):
    """Amounts in hundredths of RSNC, rates in calls a minute."""

    least_trust = forms.ChoiceField(
        label="Least trust that is accepted", choices=Trust.choices, widget=forms.RadioSelect
    )
    domain_required = forms.BooleanField(
        label="Insist on a domain",
        required=False,
        help_text="Refuse open calls that do not say which domain they come from.",
    )
    quiet_answers = forms.BooleanField(
        label="Quiet answers",
        required=False,
        help_text="Tell open callers “accepted” and nothing of the decision, so that nobody can "
        "find out whether a person has just earned something.",
    )
    open_person_daily = RsncField(
        label="A person earns at most, a day", digits=12, help_text="From all open calls together."
    )
    open_brand_daily = RsncField(
        label="All people together, a day", digits=12, help_text="From all open calls together."
    )
    open_new_wallets_hourly = count(
        "New wallets, an hour",
        "For each network address that open calls come from. 0: open calls make no wallets.",
        least=0,
    )
    rate_brand = count("Of the whole brand", "Calls a minute, open and proved ones apart.")
    rate_person = count("About one person", "Calls a minute about the same e-mail address.")
    rate_address = count("From one network address", "Open calls a minute from the same place.")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.error_messages["required"] = "Fill this in."

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        person, everybody = data.get("open_person_daily"), data.get("open_brand_daily")
        if person is not None and everybody is not None and person > everybody:
            self.add_error("open_person_daily", "One person cannot earn more than all together.")
        return data
