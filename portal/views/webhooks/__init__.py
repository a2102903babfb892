"""Outgoing webhooks: the endpoints, and what was sent to them."""
