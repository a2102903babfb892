"""An event type and what its rule pays."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from brands.models import Trust
from events.models import Cooldown, EventType, RuleVersion
from events.services import Template, Terms
from portal.forms.money import RsncField
from portal.forms.names import NameField
from portal.wording import UNITS, Said

KEY = re.compile(r"[a-z0-9_.:-]{1,64}", re.ASCII)
PATH = re.compile(r"metadata(\.[^.\s]+)+")
HIGHEST = 1_000_000_00
LONGEST = 400 * 86_400
SECONDS = dict(UNITS)


class TermsForm(forms.Form):
    """What a rule pays. `terms` says it as the services take it."""

    reward = RsncField(label="Reward", help_text="For each event that is rewarded.")
    person_daily_cap = RsncField(
        label="At most, per person and day",
        required=False,
        help_text="Leave empty for no limit.",
    )
    cooldown = forms.ChoiceField(
        label="Cooldown",
        choices=[
            (Cooldown.NONE, "None"),
            (Cooldown.ROLLING, "A length of time"),
            (Cooldown.DAY, "Once a calendar day"),
            (Cooldown.WEEK, "Once a calendar week"),
            (Cooldown.MONTH, "Once a calendar month"),
            (Cooldown.EVER, "Once ever"),
        ],
        help_text="How often the same person can earn it.",
    )
    cooldown_length = forms.IntegerField(
        label="Length of the cooldown",
        required=False,
        min_value=1,
        error_messages={"invalid": "Write a whole number.", "min_value": "Write 1 or more."},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    cooldown_unit = forms.ChoiceField(
        label="Unit of the cooldown", choices=[(unit, f"{unit}s") for unit, _ in reversed(UNITS)]
    )
    business_key = forms.CharField(
        label="Once per",
        required=False,
        max_length=128,
        help_text="A value in the metadata that earns once for ever, such as metadata.order_id. "
        "Leave empty for none.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.error_messages["required"] = "Fill this in."

    def clean_reward(self) -> int:
        reward: int = self.cleaned_data["reward"]
        if not 0 < reward <= HIGHEST:
            raise ValidationError("A reward is between 0.01 and 1000000.00 RSNC.")
        return reward

    def clean_business_key(self) -> str:
        path: str = self.cleaned_data["business_key"]
        if path and not PATH.fullmatch(path):
            raise ValidationError(
                "Write a path that begins with metadata, such as metadata.order_id."
            )
        return path

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.check_length(data)
        cap, reward = data.get("person_daily_cap"), data.get("reward")
        if cap is not None and reward is not None and cap < reward:
            self.add_error("person_daily_cap", "A daily limit below one reward would never pay.")
        return data

    def check_length(self, data: dict[str, Any]) -> None:
        if data.get("cooldown") != Cooldown.ROLLING:
            # A length that is not shown must not stand in the way.
            self.errors.pop("cooldown_length", None)
            data["cooldown_length"] = None
        elif "cooldown_length" in data:
            length, unit = data["cooldown_length"], data.get("cooldown_unit")
            if length is None:
                self.add_error("cooldown_length", "Say how long the cooldown lasts.")
            elif unit and length * SECONDS[unit] > LONGEST:
                self.add_error("cooldown_length", "A cooldown lasts 400 days at most.")

    def terms(self) -> Terms:
        """The terms of a form that is valid."""
        data = self.cleaned_data
        length = data["cooldown_length"]
        return Terms(
            amount=data["reward"],
            cooldown=Cooldown(data["cooldown"]),
            cooldown_seconds=None if length is None else length * SECONDS[data["cooldown_unit"]],
            business_key=data["business_key"],
            person_daily_cap=data["person_daily_cap"],
        )


class LeastTrustField(forms.ChoiceField):
    """What callers must prove to report it: a Trust, or None for what the brand asks."""

    def __init__(self) -> None:
        super().__init__(
            label="Accept it from",
            required=False,
            choices=[
                ("", "Everyone whom the brand accepts"),
                (Trust.KEY, "Callers with a secret key or a signature"),
                (Trust.SIGNED, "Signed callers only"),
            ],
            help_text="Anyone who knows your brand id can send an open call, and invent what is in it. "
            "A key or a signature proves that it is your backend.",
        )

    def clean(self, value: Any) -> Trust | None:
        chosen = super().clean(value)
        return Trust(chosen) if chosen else None

    def prepare_value(self, value: Any) -> Any:
        # Whoever is accepted at all has proved as much as an open caller.
        return "" if value == Trust.OPEN else value


class NewEventTypeForm(TermsForm):
    """An event type that does not exist yet."""

    name = NameField(max_length=120, help_text="What people read, such as Order placed.")
    key = forms.CharField(
        label="Key",
        max_length=64,
        help_text="What your backend sends as event, such as place_order. It stays for ever.",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "class": "mono",
                "data-proposed-from": "id_name",
            }
        ),
    )
    least_trust = LeastTrustField()

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        if not KEY.fullmatch(key):
            raise ValidationError("Use a-z, 0-9 and _ . : - only, without spaces.")
        return key


class EventTypeForm(TermsForm):
    """An event type that exists: its key stays. `version` is the one that the form was made from."""

    name = NameField(max_length=120, help_text="What people read.")
    least_trust = LeastTrustField()
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


def initial(terms: Said) -> dict[str, Any]:
    """What the form shows of terms: of a published version, or of a template."""
    length, unit = None, "hour"
    if terms.cooldown_seconds is not None:
        unit, size = largest_unit(terms.cooldown_seconds)
        length = terms.cooldown_seconds // size
    return {
        "reward": terms.amount,
        "person_daily_cap": terms.person_daily_cap,
        "cooldown": terms.cooldown,
        "cooldown_length": length,
        "cooldown_unit": unit,
        "business_key": terms.business_key,
    }


def of_event_type(event_type: EventType, *, newest: RuleVersion, terms: Said) -> dict[str, Any]:
    """The form of an event type, with these terms to be published on top of its newest version."""
    return {
        "name": event_type.name,
        "least_trust": event_type.least_trust,
        "version": newest.number,
        **initial(terms),
    }


def of_template(template: Template) -> dict[str, Any]:
    return {"name": template.name, "key": template.key, **initial(template.terms)}


def of_key(key: str) -> dict[str, Any]:
    """The form of an event type that is known by what backends send alone: friend_referred."""
    words = " ".join(re.split(r"[_.:-]+", key)).strip()
    return {"name": words[:1].upper() + words[1:], "key": key}


def largest_unit(seconds: int) -> tuple[str, int]:
    """24 hours are said as hours; 48 as 2 days."""
    for unit, size in UNITS:
        if seconds % size == 0 and (unit != "day" or seconds > size):
            return unit, size
    raise AssertionError("every whole number of seconds is a number of seconds")
