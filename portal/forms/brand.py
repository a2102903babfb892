"""A new brand: what it is called, where it is, and when its day begins."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from brands import services as brands
from portal.forms.names import NameField
from portal.forms.pasted import host_of
from portal.forms.time_zones import TimeZoneField


class NewBrandForm(forms.Form):
    """What a brand cannot begin without; everything else can wait."""

    name = NameField(
        max_length=120,
        help_text="What people know you by.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    domain = forms.CharField(
        label="Domain",
        max_length=260,
        help_text="Where your pages are, such as shop.example.com. You prove later that it is yours.",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "inputmode": "url",
                "class": "mono",
            }
        ),
    )
    time_zone = TimeZoneField(
        label="Time zone",
        initial="UTC",
        of_browser=True,
        help_text="When a day begins and ends for you: for rules such as “once a calendar day”.",
    )

    def clean_domain(self) -> str:
        domain = host_of(self.cleaned_data["domain"])
        try:
            brands.parse_entry(domain)
        except brands.InvalidDomain as refused:
            raise ValidationError(f"{refused}") from refused
        return domain

    def terms(self) -> dict[str, Any]:
        """As `brands.start_brand` takes them."""
        return {name: self.cleaned_data[name] for name in ("name", "domain", "time_zone")}
