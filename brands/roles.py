"""Who may do what for a brand: one table, no queries."""

from enum import StrEnum

from brands.models import Role


class Permission(StrEnum):
    """Something that a member of a brand's team can be allowed to do."""

    VIEW = "view"  # every page of the brand, people masked
    SEND_TESTS = "send_tests"  # the test console, "send again as test"
    MANAGE_KEYS = "manage_keys"  # secret keys and signing secrets
    MANAGE_DOMAINS = "manage_domains"
    MANAGE_WEBHOOKS = "manage_webhooks"
    MANAGE_EVENT_TYPES = "manage_event_types"  # with their rules: what is paid, and how often
    REVERSE_EVENTS = "reverse_events"
    REVEAL_PEOPLE = "reveal_people"  # whole addresses and payloads
    ADJUST_MEMBERS = "adjust_members"  # balances by hand, and consenting to another's adjustment
    VIEW_AUDIT = "view_audit"
    CHANGE_SETTINGS = "change_settings"  # name, time zone, least trust, bounds, rates
    MANAGE_TEAM = "manage_team"
    # How much one person may adjust alone: not for those whom it binds.
    SET_ADJUSTMENT_LIMIT = "set_adjustment_limit"


ANALYST = frozenset({Permission.VIEW})
DEVELOPER = ANALYST | {
    Permission.SEND_TESTS,
    Permission.MANAGE_KEYS,
    Permission.MANAGE_DOMAINS,
    Permission.MANAGE_WEBHOOKS,
}
MANAGER = DEVELOPER | {
    Permission.MANAGE_EVENT_TYPES,
    Permission.REVERSE_EVENTS,
    Permission.REVEAL_PEOPLE,
    Permission.ADJUST_MEMBERS,
    Permission.VIEW_AUDIT,
    Permission.CHANGE_SETTINGS,
}
OWNER = MANAGER | {Permission.MANAGE_TEAM, Permission.SET_ADJUSTMENT_LIMIT}

PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.OWNER: OWNER,
    Role.MANAGER: MANAGER,
    Role.DEVELOPER: DEVELOPER,
    Role.ANALYST: ANALYST,
}


def may(role: str, permission: Permission) -> bool:
    """Whether the role includes the permission. An unknown role may do nothing."""
    return permission in PERMISSIONS.get(role, frozenset())
