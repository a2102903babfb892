"""The time zones that a person can choose, by region."""

import zoneinfo
from functools import cache

from django import forms

REGIONS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe"),
    *("Indian", "Pacific"),
)


@cache
def choices() -> list[tuple[str, str | list[tuple[str, str]]]]:
    """UTC, then each region with its cities."""
    names = sorted(zoneinfo.available_timezones())
    return [
        ("UTC", "UTC"),
        *(
            (region, [(name, city(name)) for name in names if name.startswith(f"{region}/")])
            for region in REGIONS
        ),
    ]


def city(name: str) -> str:
    """Argentina, Buenos Aires."""
    return name.partition("/")[2].replace("/", ", ").replace("_", " ")


class TimeZoneField(forms.ChoiceField):
    """`of_browser`: the page's script chooses the browser's own zone; without it, it is the initial one."""

    def __init__(self, *, of_browser: bool = False, **options: object) -> None:
        attributes = {"data-time-zone": ""} if of_browser else {}
        widget = forms.Select(attrs=attributes)
        super().__init__(choices=choices, widget=widget, **options)  # type: ignore[arg-type]
