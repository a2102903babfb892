"""What a page shows `live` to be let in: signed by the site, for one brand and one session, for a minute."""

from dataclasses import dataclass

from django.core import signing

SALT = "resonance.live"
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Pass:
    """Who listens to what. Whichever of `names` is ended, ends the stream."""

    brand: int
    names: tuple[str, ...]


class InvalidToken(Exception):
    """Not a token of ours, or an old one."""


def issue(admitted: Pass) -> str:
    return signing.dumps([admitted.brand, *admitted.names], salt=SALT)


def admit(token: str) -> Pass:
    """Raises InvalidToken."""
    try:
        brand, *names = signing.loads(token, salt=SALT, max_age=SECONDS)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise InvalidToken from error
    return Pass(brand, tuple(names))
