"""One reported event, from parsed JSON to what the rules need."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from brands.http import body
from brands.http.problems import FieldError
from wallets.addresses import InvalidAddress, normalise

EVENT_NAME = re.compile(r"[a-z0-9_.:-]{1,64}")
IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}")
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
MOST_AHEAD = timedelta(minutes=5)
MOST_BACK = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What the caller said, each field sound by itself."""

    event: str
    address: str
    metadata: dict[str, Any]
    idempotency_key: str | None
    occurred_at: datetime | None
    judge_at_occurred: bool
    test: bool
    dry_run: bool


class Refused(ValueError):
    """One field is not as it must be."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Fields:
    """Reads fields one by one and keeps what is wrong with each."""

    document: Mapping[str, Any]
    errors: list[FieldError] = field(default_factory=list)

    def read(self, param: str, reader: Any, default: Any = None) -> Any:
        """The field as `reader` makes it; `default` where it was not sent or is refused."""
        if param not in self.document:
            return default
        try:
            return reader(self.document[param])
        except Refused as refused:
            self.errors.append(FieldError(param, refused.code, f"{refused}"))
            return default

    def require(self, *params: str) -> None:
        for param in params:
            if param not in self.document:
                self.errors.append(FieldError(param, "required", f"Send {param}."))


def read(document: Mapping[str, Any], *, now: datetime, keys: Mapping[str, str]) -> Reported:
    """The event. `keys` are the idempotency keys that headers carry, by header. Raises invalid_event."""
    fields = Fields(document)
    fields.require("event", "email")
    reported = Reported(
        event=fields.read("event", event_name, ""),
        address=fields.read("email", address, ""),
        metadata=fields.read("metadata", metadata, {}),
        idempotency_key=idempotency_key(fields, keys),
        occurred_at=fields.read("occurred_at", moment),
        judge_at_occurred=fields.read("judge_at", judge_at, default=False),
        test=fields.read("test", flag, default=False),
        dry_run=fields.read("dry_run", flag, default=False),
    )
    check_times(fields, reported, now)
    if fields.errors:
        raise body.invalid(fields.errors)
    return reported


def event_name(value: Any) -> str:
    if not EVENT_NAME.fullmatch(text(value)):
        raise Refused("not_an_event_name", "Use a-z, 0-9 and _ . : - only, at most 64 characters.")
    return text(value)


def address(value: Any) -> str:
    try:
        return normalise(text(value))
    except InvalidAddress as error:
        raise Refused("not_an_address", f"{error}") from None


def metadata(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused(
            "not_an_object", "Send a JSON object in braces, or leave it out (in PHP: (object) [])."
        )
    return value


def moment(value: Any) -> datetime:
    refused = Refused(
        "not_a_moment", "Send date, time and zone, such as 2026-03-18T12:00:00+01:00."
    )
    if not MOMENT.fullmatch(text(value)):
        raise refused
    try:
        return datetime.fromisoformat(text(value).upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise refused from None


def judge_at(value: Any) -> bool:
    if text(value) not in {"arrival", "occurred"}:
        raise Refused("not_a_choice", 'Send "arrival" or "occurred", or leave it out.')
    return text(value) == "occurred"


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Refused("not_a_boolean", "Send true or false, without quotes.")
    return value


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise Refused("not_a_string", "Send text, in quotes.")
    return value


def one_key(value: Any) -> str:
    if not IDEMPOTENCY_KEY.fullmatch(text(value)):
        raise Refused(
            "not_a_key", "An idempotency key has 1 to 255 characters from ! to ~, without spaces."
        )
    return text(value)


def idempotency_key(fields: Fields, keys: Mapping[str, str]) -> str | None:
    """The one key that the header and the body name. What names two keys names none."""
    everywhere = Fields({**fields.document, **keys})
    found = {each: everywhere.read(each, one_key) for each in (*keys, "idempotency_key")}
    fields.errors += everywhere.errors
    sent = {key for key in found.values() if key is not None}
    if len(sent) > 1:
        where = " and ".join(name for name, key in found.items() if key is not None)
        fields.errors.append(
            FieldError("idempotency_key", "ambiguous", f"{where} must be the same.")
        )
    return min(sent, default=None)


def check_times(fields: Fields, reported: Reported, now: datetime) -> None:
    occurred_at = reported.occurred_at
    if occurred_at and occurred_at > now + MOST_AHEAD:
        message = "It lies in the future: at most 5 minutes are allowed for clocks that differ."
        fields.errors.append(FieldError("occurred_at", "in_the_future", message))
    if not reported.judge_at_occurred:
        return
    if "occurred_at" not in fields.document:
        message = "Send occurred_at, if the event is to be judged at that time."
        fields.errors.append(FieldError("occurred_at", "required", message))
    elif occurred_at and occurred_at < now - MOST_BACK:
        message = f"An event is judged at most {MOST_BACK.days} days back."
        fields.errors.append(FieldError("occurred_at", "too_old", message))
