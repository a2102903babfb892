"""An amount of RSNC as people type it."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

WELL_FORMED = re.compile(r"(?P<whole>[0-9]+)(\.(?P<rest>[0-9]{1,2}))?", re.ASCII)


class RsncField(forms.Field):
    """`12.5` becomes 1250 hundredths. A comma is refused, since it means two things in two places.

    `digits`: at most so many before the point.
    """

    def __init__(self, *, digits: int = 9, **options: Any) -> None:
        self.digits = digits
        attributes = {"inputmode": "decimal", "autocomplete": "off", "class": "figure"}
        super().__init__(widget=forms.TextInput(attrs=attributes), **options)

    def to_python(self, value: Any) -> Any:
        text = (value or "").strip()
        if not text:
            return None
        if "," in text:
            raise ValidationError(
                "Write it with a point and no comma, such as 1250.50.", code="comma"
            )
        found = WELL_FORMED.fullmatch(text)
        if not found or len(found["whole"]) > self.digits:
            raise ValidationError(
                "Write an amount with at most two decimals, such as 10.00.", code="invalid"
            )
        return int(found["whole"]) * 100 + int((found["rest"] or "0").ljust(2, "0"))

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return f"{value // 100}.{value % 100:02}"
        return value
