"""The live pages: how soon a row is there, what 500 viewers cost, and whether a page stays quick under a load."""

import json
import select
import shutil
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import requests
from playwright.sync_api import Page, sync_playwright

from tests.benchmarks import generator, pages
from tests.benchmarks.generator import BadAnswer
from tests.benchmarks.ground import Ground
from tests.benchmarks.load import singles

VIEWERS = 500
TURNS = 20
# Of the load that the page is looked at under: events a second, and for how long.
RATE, SECONDS = 200, 30.0
MOST_ROWS = 200


def measure(ground: Ground, *, seconds: float, quick: bool) -> Iterator[tuple[str, float]]:
    """What is measured, by name, as it comes. Milliseconds, MiB or a ratio, as the name says."""
    browser = pages.sign_in(ground)
    arrivals = delays(ground, browser)
    yield f"row after answer, median of {TURNS}, ms", statistics.median(arrivals)
    yield f"row after answer, slowest of {TURNS}, ms", max(arrivals)
    yield "live, no viewers, MiB", memory(ground)
    alone, watched, full = [], [], 0.0
    # In turns, so that both meet the same machine.
    for _ in range(1 if quick else 3):
        alone.append(cost_of_a_credit(ground, seconds))
        with viewers(ground, browser, VIEWERS):
            watched.append(cost_of_a_credit(ground, seconds))
            full = max(full, memory(ground))
    yield f"live, {VIEWERS} viewers, MiB", full
    yield "web's CPU a credit, no viewers, ms", statistics.mean(alone)
    yield f"web's CPU a credit, {VIEWERS} viewers, ms", statistics.mean(watched)
    yield f"web's CPU, {VIEWERS} viewers against none", sum(watched) / sum(alone)
    chromium = shutil.which("chromium")
    if chromium:
        yield from on_the_page(ground, chromium, SECONDS / 5 if quick else SECONDS)


def address(ground: Ground, browser: requests.Session) -> str:
    site = f"http://127.0.0.1:{ground.port}/b/{ground.demo['slug']}/live/stream/"
    answer = browser.get(site, timeout=30)
    answer.raise_for_status()
    return str(answer.json()["address"])


def open_stream(where: str) -> socket.socket:
    """Once it has said hello."""
    url = urlsplit(where)
    own = socket.create_connection((f"{url.hostname}", url.port or 80), timeout=10)
    request = f"GET {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n"
    own.sendall(request.encode())
    read = b""
    while b"event: hello" not in read:
        part = own.recv(65_536)
        if not part or b" 401 " in part:
            raise BadAnswer(f"no stream: {part[:200]!r}")
        read += part
    return own


@contextmanager
def viewers(ground: Ground, browser: requests.Session, count: int) -> Iterator[None]:
    """As many streams, which are read."""
    where = address(ground, browser)
    done = threading.Event()
    with ExitStack() as stack, select.epoll() as poll:
        streams = [stack.enter_context(open_stream(where)) for _ in range(count)]
        by_number = {each.fileno(): each for each in streams}
        for number in by_number:
            poll.register(number, select.EPOLLIN)

        def read() -> None:
            while not done.is_set():
                for number, _ in poll.poll(0.1):
                    if not by_number[number].recv(65_536):
                        poll.unregister(number)

        reader = threading.Thread(target=read)
        reader.start()
        try:
            yield
        finally:
            done.set()
            reader.join()


def delays(ground: Ground, browser: requests.Session) -> list[float]:
    """Milliseconds from the answer to the event until its row is on the stream."""
    found = []
    request = singles([ground.target()])
    with (
        open_stream(address(ground, browser)) as stream,
        socket.create_connection(("127.0.0.1", ground.port), timeout=10) as web,
    ):
        for _ in range(TURNS):
            answer = send(web, request())
            answered = time.perf_counter()
            event = json.loads(answer.partition(b"\r\n\r\n")[2])["event_id"].encode()
            read = b""
            while event not in read:
                read += stream.recv(65_536)
            found.append((time.perf_counter() - answered) * 1000)
            # Longer than messages are held together.
            time.sleep(0.3)
    return found


def send(web: socket.socket, request: bytes) -> bytes:
    """The whole answer."""
    connection = generator.Connection(web)
    web.sendall(request)
    while (answer := connection.answer()) is None:
        connection.received += web.recv(65_536)
    return answer


def cost_of_a_credit(ground: Ground, seconds: float) -> float:
    """Milliseconds that the web processes are busy for one, whatever else the machine does.

    At the same rate each time: under a full load fewer would share a transaction where the machine has less left.
    """
    began = ground.cpu_of_web()
    with steady_load(ground) as sent:
        time.sleep(seconds)
    return (ground.cpu_of_web() - began) / len(sent) * 1000


def memory(ground: Ground) -> float:
    """Resident, of live and its own processes, in MiB."""
    live = json.loads((ground.data / "demo.json").read_text())["pids"]["live"]
    children = Path(f"/proc/{live}/task/{live}/children").read_text().split()
    # The worker holds the streams; its parent only watches it.
    return max(resident(int(pid)) for pid in children) if children else resident(live)


def resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def on_the_page(ground: Ground, chromium: str, seconds: float) -> Iterator[tuple[str, float]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        site = f"http://127.0.0.1:{ground.port}"
        page.goto(f"{site}/accounts/login/")
        page.get_by_label("E-mail address").fill(ground.demo["email"])
        page.get_by_label("Password").fill(ground.demo["password"])
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url("**/brands/")
        page.goto(f"{site}/b/{ground.demo['slug']}/live/")
        page.locator("#live-status").filter(has_text="connected").wait_for()
        clicks, rate = click_under_load(ground, page, seconds)
        clicks.sort()
        yield "events a second meanwhile", rate
        yield "a click, median, ms", statistics.median(clicks)
        yield "a click, 95 in 100, ms", clicks[int(len(clicks) * 0.95)]
        yield "a click, slowest, ms", clicks[-1]
        rows = page.locator("#live-rows tr").count()
        if rows > MOST_ROWS:
            raise BadAnswer(f"The page holds {rows} rows.")
        page.wait_for_timeout(3_000)
        shown = page.locator("#live-events").inner_text()
        page.reload()
        page.locator("#live-status").filter(has_text="connected").wait_for()
        if page.locator("#live-events").inner_text() != shown:
            raise BadAnswer("The page has counted something else than the site.")
        browser.close()


def click_under_load(ground: Ground, page: Page, seconds: float) -> tuple[list[float], float]:
    """Milliseconds from a click on Pause or Go on, as the page itself sees it, until it is drawn.

    And how many events a second there were.
    """
    took: list[float] = []
    with steady_load(ground) as sent:
        end = time.monotonic() + seconds
        while time.monotonic() < end or len(took) % 2:
            page.wait_for_timeout(500)
            took.append(
                page.evaluate(
                    """() => new Promise((done) => {
                        const began = performance.now();
                        setTimeout(() => {
                            document.getElementById("live-pause").click();
                            requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
                        });
                    })"""
                )
            )
    return took, len(sent) / (sent[-1] - sent[0])


@contextmanager
def steady_load(ground: Ground) -> Iterator[list[float]]:
    """RATE events a second if the machine can; the moment at which each was answered."""
    done = threading.Event()
    sent: list[float] = []
    request = singles([ground.target()])

    def run() -> None:
        with socket.create_connection(("127.0.0.1", ground.port), timeout=10) as web:
            began = time.monotonic()
            while not done.is_set():
                send(web, request())
                sent.append(time.monotonic())
                time.sleep(max(0.0, began + len(sent) / RATE - time.monotonic()))

    sender = threading.Thread(target=run)
    sender.start()
    try:
        yield sent
    finally:
        done.set()
        sender.join()
