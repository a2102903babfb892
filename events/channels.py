"""The names of the Redis channels and keys between the site and `live`.

A channel is heard in every database of a Redis server, so the names tell installations apart that share one.
"""

import hashlib
from urllib.parse import urlsplit

from django.conf import settings

_installation = f"{settings.SECRET_KEY} {urlsplit(settings.REDIS_URL).path}"
PREFIX = f"resonance:live:{hashlib.sha256(_installation.encode()).hexdigest()[:16]}:"

# A brand's events, by its number (not its public id): `<number> <row as JSON>`.
BRAND = f"{PREFIX}brand:"
# The count of a brand's messages. It begins at the milliseconds since 1970, so that a Redis which has
# forgotten it never comes upon a number again that somebody remembers.
NUMBER = f"{PREFIX}number:"
# Something was recorded and not told: whoever watches asks the site. Also the key that counts how often.
MISSED = f"{PREFIX}missed"
# Whose streams end now, by pseudonym: a session, a person, or a person at a brand.
ENDED = f"{PREFIX}ended"
# What was told within the last minute and is not told again.
ONCE = f"{PREFIX}once:"
# The `live` processes: a hash, a field each, of JSON.
PROCESSES = f"{PREFIX}processes"
