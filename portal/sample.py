"""The first call of a brand, filled in: what its event type expects, with made-up values."""

from typing import Any

from brands.models import Brand, Domain, Trust
from events import services as events
from events.models import EventType, RuleVersion

PERSON = "ann@example.com"


def sample_call(*, brand: Brand, event_type: EventType, keyed: bool) -> dict[str, Any]:
    """The body of a call that this brand takes. A secret key names the brand by itself."""
    call: dict[str, Any] = {} if keyed else {"brand_id": brand.public_id}
    call |= {"event": event_type.key, "email": PERSON}
    if not keyed and brand.domain_required and (domain := some_domain(brand)):
        call["domain"] = domain
    if metadata := sample_metadata(event_type):
        call["metadata"] = metadata
    return call


def sample_metadata(event_type: EventType) -> dict[str, Any]:
    """A template's own sample, and in any case the value that the event earns once for."""
    template = events.TEMPLATES.get(event_type.key)
    metadata = dict(template.metadata) if template else {}
    version = (
        RuleVersion.objects.filter(rule__event_type=event_type)
        .order_by("rule__position", "rule_id", "-number")
        .first()
    )
    if version and version.business_key:
        put(metadata, version.business_key.split(".")[1:], "ABC-123")
    return metadata


def put(metadata: dict[str, Any], path: list[str], value: str) -> None:
    """At the path, where nothing stands there yet."""
    *folders, name = path
    for folder in folders:
        inner = metadata.setdefault(folder, {})
        if not isinstance(inner, dict):
            return
        metadata = inner
    metadata.setdefault(name, value)


def some_domain(brand: Brand) -> str | None:
    listed = Domain.objects.filter(brand=brand, subdomains=False).order_by("created_at", "pk")
    return listed.values_list("host", flat=True).first()


def least_trust_of(*, brand: Brand, event_type: EventType) -> Trust:
    """With what the brand takes this event at the least."""
    wanted = (Trust(brand.least_trust), Trust(event_type.least_trust or Trust.OPEN))
    return max(wanted, key=lambda each: each.rank)
