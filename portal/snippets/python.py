"""Python 3 with nothing installed."""

from collections.abc import Mapping
from typing import Any

from portal.snippets.literals import PYTHON


def python(
    *,
    url: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    key_variable: str = "",
) -> str:
    """One POST as a program. The key comes from the environment, out of `key_variable`."""
    sent = {"Content-Type": "application/json", **(headers or {})}
    lines = [
        f"        {PYTHON.string(name)}: {PYTHON.string(each)},\n" for name, each in sent.items()
    ]
    if key_variable:
        key = f'"Bearer " + os.environ[{PYTHON.string(key_variable)}]'
        lines.append(f'        "Authorization": {key},\n')
    imported = "import os\n" if key_variable else ""
    return f"""\
import json
{imported}import sys
import urllib.error
import urllib.request

event = {PYTHON.value(body)}
call = urllib.request.Request(
    {PYTHON.string(url)},
    data=json.dumps(event).encode(),
    headers={{
{"".join(lines)}    }},
)
try:
    with urllib.request.urlopen(call, timeout=10) as answer:
        print(answer.status, answer.read().decode())
except urllib.error.HTTPError as refused:
    sys.exit(f"{{refused.code}} {{refused.read().decode()}}")
except urllib.error.URLError as trouble:
    sys.exit(f"Resonance was not reached: {{trouble.reason}}")
"""
