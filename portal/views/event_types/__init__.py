"""What the brand rewards: the list, making and changing, versions, and what was missed."""

ROOM = "event-types"
