"""Outgoing webhooks: who is told, of what, when again, and what came of it."""

from brands.services.webhooks.delivery import Attempted, deliver, headers_for
from brands.services.webhooks.endpoints import (
    OVERLAP,
    EndpointListed,
    InvalidEndpoint,
    NewEndpoint,
    SecretRotating,
    TooManyEndpoints,
    add_endpoint,
    change_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    reveal_secret,
    rotate_secret,
)
from brands.services.webhooks.letters import tell_managers
from brands.services.webhooks.outbox import Handed, News, hand_out, ping, queue
from brands.services.webhooks.resending import (
    AlreadyWaiting,
    failures_since,
    replay_failures,
    resend,
)
from brands.services.webhooks.retention import forget_old

__all__ = [
    "OVERLAP",
    "AlreadyWaiting",
    "Attempted",
    "EndpointListed",
    "Handed",
    "InvalidEndpoint",
    "NewEndpoint",
    "News",
    "SecretRotating",
    "TooManyEndpoints",
    "add_endpoint",
    "change_endpoint",
    "delete_endpoint",
    "deliver",
    "disable_endpoint",
    "enable_endpoint",
    "failures_since",
    "forget_old",
    "hand_out",
    "headers_for",
    "ping",
    "queue",
    "replay_failures",
    "resend",
    "reveal_secret",
    "rotate_secret",
    "tell_managers",
]
