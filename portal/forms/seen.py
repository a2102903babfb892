"""Forms that know what their page showed, so that nobody writes over what another has set meanwhile."""

from collections.abc import Mapping
from typing import Any, Self, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString


class SeenForm(forms.Form):
    """Beside its fields it carries the values that its page was made with: `hidden`."""

    def hidden(self) -> SafeString:
        """These values, for the page."""
        return format_html_join(
            "", "{}", ((self[name].as_hidden(only_initial=True),) for name in self.fields)
        )

    def seen(self) -> dict[str, Any]:
        """What the page showed, by field. What it did not say, or not soundly, is left out."""
        shown = {}
        for name, field in self.fields.items():
            try:
                shown[name] = field.clean(self.data.get(self[name].html_initial_name))
            except ValidationError:
                continue
        return shown

    def on_top_of(self, now: Mapping[str, Any]) -> Self:
        """The same form, as it was typed, as if its page had shown these values: sent again it is meant."""
        data = cast("QueryDict", self.data).copy()
        for name, value in now.items():
            shown = self.fields[name].prepare_value(value)
            data[self[name].html_initial_name] = f"{shown}"
        return type(self)(data, initial=self.initial)
