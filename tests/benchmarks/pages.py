"""How long the pages of a brand with a million events take, each alone, on one connection."""

import re
import statistics
from html import unescape

import requests

from tests.benchmarks.ground import Ground

TURNS = 15
NAMED = {
    "overview": "",
    "event types": "event-types/",
    "members": "members/",
    "log": "log/",
    "log of one type": "log/?event_type=place_order",
    "log, rare decision": "log/?status=capped",
    "log, words": "log/?words=BIG-4711",
    "log, words in no event": "log/?words=nowhere-to-be-found",
    "log, three filters": "log/?status=cooldown&trust=signed&event_type=signup",
    "live": "live/",
    "live's state": "live/state/",
}


def sign_in(ground: Ground) -> requests.Session:
    """The demo owner, who owns the big brand as well."""
    browser = requests.Session()
    address = f"http://127.0.0.1:{ground.port}/accounts/login/"
    form = browser.get(address, timeout=30).text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    answer = browser.post(
        address,
        data={
            "csrfmiddlewaretoken": token[1] if token else "",
            "login": ground.demo["email"],
            "password": ground.demo["password"],
        },
        headers={"Referer": address},
        timeout=30,
    )
    if "/accounts/login/" in answer.url:
        raise RuntimeError("The demo's owner cannot sign in.")
    return browser


def measure(ground: Ground, slug: str) -> dict[str, float]:
    """Milliseconds of each page at the median, from request to the last byte, without its static files."""
    browser = sign_in(ground)
    root = f"http://127.0.0.1:{ground.port}/b/{slug}/"
    pages = {name: f"{root}{path}" for name, path in NAMED.items()}
    pages["log, far back"] = far_back(browser, root)
    pages["event"] = first_link(browser, f"{root}log/", r"log/evt_[0-9a-f]{32}/")
    pages["member"] = first_link(browser, f"{root}members/", r"members/wal_[0-9a-z]+/")
    return {name: median(browser, url) for name, url in pages.items()}


def median(browser: requests.Session, url: str) -> float:
    spent = []
    for turn in range(TURNS + 1):
        answer = browser.get(url, timeout=60)
        answer.raise_for_status()
        if turn:  # the first one warms up
            spent.append(answer.elapsed.total_seconds() * 1000)
    return statistics.median(spent)


def first_link(browser: requests.Session, url: str, pattern: str) -> str:
    page = browser.get(url, timeout=60)
    found = re.search(rf'href="(/b/[^/]+/{pattern})"', page.text)
    if found is None:
        raise RuntimeError(f"{url} leads to nothing like {pattern}")
    return f"{url.split('/b/', maxsplit=1)[0]}{unescape(found[1])}"


def far_back(browser: requests.Session, root: str) -> str:
    """An older page, by the link that a person would take."""
    page = browser.get(f"{root}log/", timeout=60)
    found = re.search(r'href="(\?[^"]*before=[^"]+)"', page.text)
    if found is None:
        raise RuntimeError("The log has no older page.")
    return f"{root}log/{unescape(found[1])}"
