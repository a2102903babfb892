"""What a brand says of itself: its name and place, its logo, its domains."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from brands import services as brands
from brands.services.logos import LARGEST_FILE
from portal.forms.names import NameField
from portal.forms.pasted import host_of
from portal.forms.seen import SeenForm
from portal.forms.time_zones import TimeZoneField, choices

LONGEST_ENTRY = 260


class BrandForm(SeenForm):
    """Name, address and time zone."""

    name = NameField(
        max_length=120,
        help_text="What people know you by.",
        error_messages={"required": "A brand needs a name."},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    slug = forms.CharField(
        label="Address of these pages",
        max_length=64,
        help_text="Changing it breaks every link and bookmark to these pages: the former address "
        "leads nowhere. What your backend sends is not affected, that goes by the brand id.",
        error_messages={"required": "These pages need an address."},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "class": "mono",
            }
        ),
    )
    time_zone = TimeZoneField(
        label="Time zone",
        help_text="When a day begins for you. Calendar cooldowns and daily limits follow it from "
        "the next event. Type the first letters of your city to find it in the list.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        keep_choice(self.fields["time_zone"], self.initial.get("time_zone", ""))


def keep_choice(field: forms.Field, zone: str) -> None:
    """A zone that we do not offer, but that the brand has, stays chosen."""
    if isinstance(field, TimeZoneField) and zone and not field.valid_value(zone):
        field.choices = [(zone, zone), *choices()]


class LogoForm(forms.Form):
    """A picture. What is in the file, the services find out."""

    file = forms.FileField(
        label="Picture",
        help_text="PNG, JPEG or WebP, at most 1 MB. A square one looks best.",
        error_messages={
            "required": "Choose a picture first.",
            "empty": "This file is empty.",
            "invalid": "Choose a picture first.",
        },
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise ValidationError("A logo has at most 1 MB. Save it smaller, 512 pixels is plenty.")
        content: bytes = file.read()
        return content


class DomainForm(forms.Form):
    """A host, or with `*.` every name below it."""

    entry = forms.CharField(
        label="Domain",
        max_length=LONGEST_ENTRY,
        help_text="shop.example.com, or *.example.com for every name below example.com.",
        error_messages={"required": "Enter a domain such as shop.example.com."},
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

    def clean_entry(self) -> str:
        entry = host_of(self.cleaned_data["entry"])
        try:
            brands.parse_entry(entry)
        except brands.InvalidDomain as refused:
            raise ValidationError(f"{refused}") from refused
        return entry
