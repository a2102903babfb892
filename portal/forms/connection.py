"""For which caller the connection is looked at. It stands in the URL; what makes no sense is left out."""

from typing import Any

from django import forms

from brands.models import Trust


class ConnectionForm(forms.Form):
    trust = forms.ChoiceField(
        label="For a caller who sends",
        required=False,
        choices=[
            (Trust.KEY.value, "a secret key"),
            (Trust.SIGNED.value, "a signature"),
            (Trust.OPEN.value, "nothing but the brand id"),
        ],
    )
    origin = forms.CharField(
        label="From a page at",
        required=False,
        max_length=300,
        help_text="Its origin, such as https://shop.example.com. Empty for a backend.",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "inputmode": "url",
            }
        ),
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data or {"trust": Trust.KEY.value})

    def chosen(self) -> tuple[Trust, str]:
        """The trust, and the origin, or nothing."""
        self.full_clean()
        data = self.cleaned_data
        return Trust(data.get("trust") or Trust.KEY), data.get("origin", "")
