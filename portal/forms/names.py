"""What people call things: on one line, to be seen, and leaving alone what stands beside it."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

# Isolates of a direction: LRI, RLI, FSI, and what ends one.
OPENS, CLOSES = "\u2066\u2067\u2068", "\u2069"


class NameField(forms.CharField):
    """Refuses what no element can hold: an isolate that is left open turns round the rest of the page's sentence."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"label": "Name", **options})

    def validate(self, value: str) -> None:
        super().validate(value)
        if not value:
            return
        # NUL has a sentence of its own in Django.
        if any(char != "\0" and unicodedata.category(char) == "Cc" for char in value):
            raise ValidationError("Write the name on one line, without control characters.")
        if not any(char.isprintable() and not char.isspace() for char in value):
            raise ValidationError("Enter a name that people can see.")
        if not closed(value):
            raise ValidationError(
                "Remove the invisible direction marks: one of them is never closed, and would turn "
                "round what stands beside the name."
            )


def closed(text: str) -> bool:
    """Whether every isolate that is opened is closed, and no other."""
    depth = 0
    for char in text:
        depth += (char in OPENS) - (char == CLOSES)
        if depth < 0:
            return False
    return depth == 0
