"""The `live` process: it holds the streams of the pages that are kept open, and nothing else.

It asks no database. What it relays comes from Redis (events.services.broadcast); who may listen was decided
by the site, which signed a token.
"""
