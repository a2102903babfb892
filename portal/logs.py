"""Logs: one JSON object a line, with the request's id, without addresses of people and credentials.

Read by the settings, so nothing of Django is imported before the first line is written.
"""

import importlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

# What people write, with a dot in the domain or without: too much is masked rather than too little.
ADDRESS = re.compile(
    r"[^\s\"'<>()\[\]{},;:=&?/\\|@•]{1,64}(?:@|%40)[^\s\"'<>()\[\]{},;:=&?/\\|@]{1,255}"
)
CREDENTIALS = (
    (re.compile(r"\b(rsk_|whsec_)[0-9A-Za-z+/=_-]+"), r"\1••••"),
    (re.compile(r"\b(Bearer|Basic)(\s+|%20)[^\s\"',;]+", re.IGNORECASE), r"\1 ••••"),
    (re.compile(r"(\w://[^\s/:@]*):[^\s/]*@"), r"\1:••••@"),
    (
        re.compile(
            r"\b((?:\w*_)?(?:password|passwd|secret(?:_key)?|token|session(?:id)?|api_?key|signature)\b['\"]?\s*[=:]\s*)"
            r"(\"[^\"]*\"|'[^']*'|[^\s&,;})]+)",
            re.IGNORECASE,
        ),
        r"\1••••",
    ),
)
# Written by us, and never with anything in them that somebody sent.
OURS = ("timestamp", "level", "logger", "request_id")
SHORT = 100
# PostgreSQL quotes rows and parameters there. Which line of a function it was may be read.
DATA = re.compile(
    r"^(DETAIL|CONTEXT):(?!\s+PL/pgSQL).*$|^(?:JSON data|unnamed portal), .*$", re.MULTILINE
)
SECRET_NAMES = {
    *("api_key", "authorization", "cookie", "csrftoken", "key", "password", "secret", "secret_key"),
    *("sessionid", "set-cookie", "signature", "signing_secret", "token", "webhook-signature"),
}


def configuration(*, level: str) -> dict[str, Any]:
    """For logging.config.dictConfig."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [
                    structlog.contextvars.merge_contextvars,
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    structlog.stdlib.ExtraAdder(),
                    structlog.processors.TimeStamper(fmt="iso"),
                ],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    discreet,
                    # ASCII: nothing in a value can begin a line of its own, or move a terminal's cursor.
                    structlog.processors.JSONRenderer(ensure_ascii=True),
                ],
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True, "level": "INFO"},
            # Refusals of the API have a line of their own, and people mistype addresses of pages.
            "django.request": {"level": "ERROR"},
            "django.server": {"handlers": [], "propagate": True},
            "celery": {"level": "WARNING"},
            "fido2": {"level": "WARNING"},
            "_granian": {"handlers": [], "propagate": True, "level": "WARNING"},
        },
    }


def discreet(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """The line without what nobody may read in a log."""
    # Django's own lines carry the whole request, whose path and query can name people.
    line.pop("request", None)
    ours = {name: line.pop(name) for name in OURS if name in line}
    return {**ours, **without_secrets_in(line)}


def without_secrets_in(fields: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        masked(f"{name}"): "••••" if f"{name}".lower() in SECRET_NAMES else without_secrets(value)
        for name, value in fields.items()
    }


def without_secrets(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return without_secrets_in(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [without_secrets(each) for each in value]
    return masked(value if isinstance(value, str) else repr(value))


def masked(text: str) -> str:
    """The text with keyed hashes instead of addresses, and without credentials."""
    return masked_short(text) if len(text) <= SHORT else masked_anew(text)


def masked_anew(text: str) -> str:
    for pattern, replacement in CREDENTIALS:
        text = pattern.sub(replacement, text)
    text = DATA.sub(left_out, text)
    return ADDRESS.sub(hashed, text) if "@" in text or "%40" in text else text


# Names and codes come again in every line.
masked_short = lru_cache(maxsize=2_000)(masked_anew)


def left_out(found: re.Match[str]) -> str:
    return f"{found[1] or 'DATA'}: (left out)"


def hashed(found: re.Match[str]) -> str:
    """The same person is the same hash in every line, and nobody who has not our key."""
    try:
        pseudonym = importlib.import_module("brands.services").pseudonym
        return f"email:{pseudonym('email', found[0].replace('%40', '@').lower())}"
    except Exception:  # noqa: BLE001 - before Django is ready, or while it fails: nothing is said
        return "email:••••"
