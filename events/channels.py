"""The names of the Redis channels and keys between the site and `live`. Nothing is imported here."""

# A brand's events, by its number (not its public id): `<number> <row as JSON>`.
BRAND = "resonance:live:brand:"
# The count of a brand's messages. It begins at the milliseconds since 1970, so that a Redis which has
# forgotten it never comes upon a number again that somebody remembers.
NUMBER = "resonance:live:number:"
# Something was recorded and not told: whoever watches asks the site. Also the key that counts how often.
MISSED = "resonance:live:missed"
# Whose streams end now, by pseudonym: a session, a person, or a person at a brand.
ENDED = "resonance:live:ended"
# What was told within the last minute and is not told again.
ONCE = "resonance:live:once:"
# The `live` processes: a hash, a field each, of JSON.
PROCESSES = "resonance:live:processes"
