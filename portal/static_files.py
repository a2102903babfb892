"""Single files out of wheels, which come with much besides that no page uses."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

# Package, and the file in it: found as `<package>/<name of the file>`.
FILES = {"plotly": "package_data/plotly.min.js"}

# The maps in Plotly's script bring rules of their own along, which the site's policy refuses, unless an
# element of this name is there already.
MARK = re.compile(rb'getElementById\("([0-9a-f]{64})"\)')


@cache
def plotly_mark() -> str:
    """The name of that element in the version that is installed."""
    found = MARK.search((files("plotly") / FILES["plotly"]).read_bytes())
    return found[1].decode() if found else "no-maps"


class WheelFinder(BaseFinder):
    """For STATICFILES_FINDERS."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.storages: dict[str, tuple[str, FileSystemStorage]] = {}
        for package, path in FILES.items():
            folder, _slash, name = path.rpartition("/")
            storage = FileSystemStorage(location=f"{files(package) / folder}")
            storage.prefix = package  # type: ignore[attr-defined]  # as FileSystemFinder does
            self.storages[f"{package}/{name}"] = (name, storage)

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:  # noqa: FBT001, FBT002 - Django's
        found = [storage.path(name) for name, storage in self.of(path)]
        return found if find_all else (found[0] if found else [])

    def of(self, path: str) -> Iterator[tuple[str, FileSystemStorage]]:
        if path in self.storages:
            yield self.storages[path]

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[tuple[str, Any]]:
        return self.storages.values()
