"""What finds a member, and what adjusts one by hand."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from portal.forms.money import RsncField
from wallets import services as wallets
from wallets.addresses import InvalidAddress, normalise

WALLET = "wal_"


class FindMemberForm(forms.Form):
    """A whole address: half of one finds nobody, so that a list of people cannot be fished out."""

    address = forms.CharField(
        label="Find by e-mail address or wallet",
        required=False,
        max_length=254,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "placeholder": "ann@example.com or wal_…",
            }
        ),
    )
    world = forms.ChoiceField(
        label="World", required=False, choices=[("", "Live"), ("test", "Test")]
    )

    def clean_address(self) -> str:
        typed: str = self.cleaned_data["address"]
        if not typed or typed.lower().startswith(WALLET):
            return typed.lower()
        try:
            return normalise(typed)
        except InvalidAddress as refused:
            raise ValidationError(f"{refused}") from refused

    @property
    def test(self) -> bool:
        """Which world was chosen; live where what was chosen is none."""
        self.full_clean()
        return self.cleaned_data.get("world") == "test"


class AdjustForm(forms.Form):
    """Add or take, how much, and why. `token` makes sending it twice the same as once."""

    direction = forms.ChoiceField(label="What to do", choices=[("add", "Add"), ("take", "Take")])
    amount = RsncField(label="Amount")
    reason = forms.CharField(
        label="Reason",
        min_length=wallets.SHORTEST_REASON,
        max_length=wallets.LONGEST_REASON,
        help_text="For your team and for whoever asks in a year. It stays for ever, so name nobody.",
        error_messages={
            "min_length": "Say why, in at least 3 letters.",
            "max_length": "Say it in 500 characters at most.",
        },
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"token": uuid4()})
        for field in self.fields.values():
            field.error_messages["required"] = "Fill this in."

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "amount" in data and "reason" in data:
            wallets.check_adjustment(amount=data["amount"], reason=data["reason"])
        return data

    def moved(self) -> int:
        """The amount of a form that is valid, below zero where it is taken."""
        amount: int = self.cleaned_data["amount"]
        return amount if self.cleaned_data["direction"] == "add" else -amount


class AdjustmentLimitForm(forms.Form):
    """What one person may move alone. `seen` is the limit that the form was made from."""

    adjustment_limit = RsncField(
        label="One person alone, per member in 24 hours",
        help_text="Above it, a second person must approve. 0 asks for a second person always.",
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)
