"""For a terminal."""

import shlex
from collections.abc import Mapping
from typing import Any

import simplejson


def curl(
    *,
    url: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    key_variable: str = "",
) -> str:
    """One POST of JSON as a shell command, safe to paste whatever is in the body.

    Decimals are written as they were sent. The key comes from the environment, out of `key_variable`.
    """
    sent = {"Content-Type": "application/json", **(headers or {})}
    # Indented, so that the metadata are in sight however narrow the page is.
    indented = simplejson.dumps(dict(body), indent=2, use_decimal=True, ensure_ascii=False)
    payload = indented.replace("\n", "\n  ")
    lines = [
        f"curl {shlex.quote(url)}",
        *([f'-H "Authorization: Bearer ${key_variable}"'] if key_variable else []),
        *(f"-H {shlex.quote(f'{name}: {value}')}" for name, value in sent.items()),
        # --data-binary reads a file where the text begins with @; --data-raw never does.
        f"--data-raw {shlex.quote(payload)}",
    ]
    return " \\\n  ".join(lines)
