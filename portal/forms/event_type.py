"""An event type and what its rule pays."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from events.models import Cooldown, RuleVersion
from events.services import Terms
from portal.forms.money import RsncField
from portal.wording import UNITS

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


class NewEventTypeForm(TermsForm):
    """An event type that does not exist yet."""

    name = forms.CharField(
        label="Name", max_length=120, help_text="What people read, such as Order placed."
    )
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
            }
        ),
    )

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        if not KEY.fullmatch(key):
            raise ValidationError("Use a-z, 0-9 and _ . : - only, without spaces.")
        return key


class EventTypeForm(TermsForm):
    """An event type that exists: its key stays. `version` is the one that the form was made from."""

    name = forms.CharField(label="Name", max_length=120, help_text="What people read.")
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


def initial(version: RuleVersion) -> dict[str, Any]:
    """What the form shows of a published version."""
    length, unit = None, "hour"
    if version.cooldown_seconds is not None:
        unit, size = largest_unit(version.cooldown_seconds)
        length = version.cooldown_seconds // size
    return {
        "reward": version.amount,
        "person_daily_cap": version.person_daily_cap,
        "cooldown": version.cooldown,
        "cooldown_length": length,
        "cooldown_unit": unit,
        "business_key": version.business_key,
        "version": version.number,
    }


def largest_unit(seconds: int) -> tuple[str, int]:
    """24 hours are said as hours; 48 as 2 days."""
    for unit, size in UNITS:
        if seconds % size == 0 and (unit != "day" or seconds > size):
            return unit, size
    raise AssertionError("every whole number of seconds is a number of seconds")
