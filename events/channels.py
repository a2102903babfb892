"""The names of the Redis channels between the site and `live`. Nothing is imported here."""

# A brand's events, by its number (not its public id): `<number> <row as JSON>`.
BRAND = "resonance:live:brand:"
# The count of a brand's messages.
NUMBER = "resonance:live:number:"
# A session that has ended, by its pseudonym.
SIGNED_OUT = "resonance:live:signed-out"
