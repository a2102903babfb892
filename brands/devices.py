"""What people sign in with: a browser in plain words, and whether it has been here before."""

import hmac

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from brands.models import User

# Whoever claims to be somebody else comes before the one they claim to be.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
UNKNOWN = "Unknown device"
# A year, in seconds.
REMEMBERED_FOR = 365 * 24 * 3600
MOST_PEOPLE = 10


def describe(user_agent: str) -> str:
    """Chrome on Windows. What a stranger sent is recognised or left out, never shown."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or UNKNOWN


def device_of(request: HttpRequest) -> str:
    return describe(request.META.get("HTTP_USER_AGENT", ""))


def cookie_name() -> str:
    return "__Host-device" if settings.SESSION_COOKIE_SECURE else "device"


def mark_of(user: User) -> str:
    """Nobody can make it up, and it says nothing about whose it is."""
    return salted_hmac("brands.devices", f"{user.pk}", algorithm="sha256").hexdigest()[:32]


def marks(request: HttpRequest) -> list[str]:
    return request.COOKIES.get(cookie_name(), "").split(".")[:MOST_PEOPLE]


def is_known(request: HttpRequest, user: User) -> bool:
    """Whether this person has signed in with this browser within the last year."""
    mine = mark_of(user).encode()
    return any(hmac.compare_digest(mine, each.encode()) for each in marks(request))


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    mine = mark_of(user)
    others = [each for each in marks(request) if each and each != mine]
    response.set_cookie(
        cookie_name(),
        ".".join([mine, *others][:MOST_PEOPLE]),
        max_age=REMEMBERED_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
