"""What brands reward, and what happened."""

from events.models.announcement import Announced, WalletSequence
from events.models.claim import BusinessKey, Claim, IdempotencyKey, NewWallets, OpenTotal, Usage
from events.models.event import Event, EventDetail, Status
from events.models.log import LogBlock, LogEntry, LogHorizon
from events.models.programme import Cooldown, EventType, Rule, RuleVersion
from events.models.unmatched import Replay, UnmatchedEvent, UnmatchedName

__all__ = [
    "Announced",
    "BusinessKey",
    "Claim",
    "Cooldown",
    "Event",
    "EventDetail",
    "EventType",
    "IdempotencyKey",
    "LogBlock",
    "LogEntry",
    "LogHorizon",
    "NewWallets",
    "OpenTotal",
    "Replay",
    "Rule",
    "RuleVersion",
    "Status",
    "UnmatchedEvent",
    "UnmatchedName",
    "Usage",
    "WalletSequence",
]
