"""Every page that a signed-in person can reach by links, found by following them."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests
from django.urls import Resolver404, resolve

# Machines' pages, the operator's, and the one link that ends the tour.
NOT_OURS = ("/admin/", "/resonance-api/", "/static/", "/accounts/logout/")
MOST = 400


@dataclass(frozen=True)
class Stop:
    """One page: the name of its route, and its path on the server."""

    name: str
    path: str

    @property
    def file_name(self) -> str:
        return self.name.replace(":", "-")


class Links(HTMLParser):
    """What the page leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href")
        if tag == "a" and address:
            self.found.append(address)


def tour(base_url: str, *, session: str, begin: tuple[str, ...]) -> list[Stop]:
    """One page of every kind, in the order in which they are met. A page that fails fails the tour."""
    browser = requests.Session()
    if session:
        browser.cookies.set("session", session)
    stops: dict[str, Stop] = {}
    waiting = deque(begin)
    seen = set(begin)
    while waiting:
        path = waiting.popleft()
        name = route_of(path)
        if name in stops:
            continue
        answer = browser.get(f"{base_url}{path}", timeout=30)
        assert answer.status_code == 200, f"{path} is linked and answers {answer.status_code}"
        arrived = urlsplit(answer.url).path
        if route_of(arrived) != name or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        stops[name] = Stop(name, path)
        for link in leads_to(answer):
            if link not in seen and len(seen) < MOST:
                seen.add(link)
                waiting.append(link)
    return list(stops.values())


def leads_to(answer: requests.Response) -> Iterator[str]:
    page = Links()
    page.feed(answer.text)
    for address in page.found:
        parts = urlsplit(urljoin(answer.url, address))
        here = urlsplit(answer.url)
        if parts.netloc == here.netloc and not parts.path.startswith(NOT_OURS):
            yield parts.path


def route_of(path: str) -> str:
    """The name of the page's route. Raises Resolver404 for a link that leads nowhere."""
    try:
        return resolve(path).view_name
    except Resolver404 as nowhere:
        raise AssertionError(f"{path} is linked and leads nowhere") from nowhere
