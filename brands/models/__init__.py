"""Who the partners are."""

from brands.models.audit import AuditEntry
from brands.models.brand import Brand, Domain, Trust
from brands.models.credential import ApiKey, Scope, SigningSecret
from brands.models.invitation import Ending, Invitation
from brands.models.logo import Logo
from brands.models.user import Membership, Role, User
from brands.models.webhook import (
    PING,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookKind,
    WebhookMessage,
)

__all__ = [
    "PING",
    "ApiKey",
    "AuditEntry",
    "Brand",
    "Domain",
    "Ending",
    "Invitation",
    "Logo",
    "Membership",
    "Role",
    "Scope",
    "SigningSecret",
    "Trust",
    "User",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookKind",
    "WebhookMessage",
]
