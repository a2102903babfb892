"""What `up` tells the person in front of it, and what it keeps of its children's words."""

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portal.environment import MAIL_AS_FILES

LONGEST_LOG = 50 * 1024 * 1024


def say(text: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone before we are
        print(text, flush=True)  # noqa: T201 - this is what the command prints


def greet(base_url: str, demo: Mapping[str, Any], folder: Path) -> None:
    body = '{"event": "place_order", "email": "ann@example.com", "metadata": {"order_id": "ORD-1"}}'
    say(
        f"\nResonance is ready: {base_url}/\n"
        f"  sign in   {demo['email']}   password   {demo['password']}\n"
        f"  is it there?   curl {base_url}/resonance-api/debug\n"
        f"  first event:   curl {base_url}/resonance-api/manual-event \\\n"
        f"                   -H 'Content-Type: application/json' \\\n"
        f"                   -d '{body}'\n"
        f"{where_mail_goes(folder)}"
        f"Keys and pids are in {folder / 'demo.json'}, logs in {folder / 'logs'}. Ctrl-C stops it."
    )


def where_mail_goes(folder: Path) -> str:
    if os.environ.get("EMAIL_BACKEND") != MAIL_AS_FILES:
        return ""
    return (
        f"No EMAIL_BACKEND is set: mail, with the codes of who signs up, is in {folder / 'mail'}.\n"
    )


def shorten(log: Path) -> None:
    """Keep one former part of a log that has grown long. Its writer appends, so it writes on."""
    with contextlib.suppress(OSError):
        if log.stat().st_size > LONGEST_LOG:
            shutil.copyfile(log, log.with_name(f"{log.name}.1"))
            with log.open("r+b") as file:
                file.truncate(0)
