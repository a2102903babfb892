"""kill -9 of each part while events come: in the end the live page has the rows of the log, and the totals."""

import os
import signal
from uuid import uuid4

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import launch
from tests.browser.conftest import sign_in
from tests.live.calls import Load, database, new_person
from tests.live_server import LiveServer, until

pytestmark = pytest.mark.needs("chromium")

NEWEST = "SELECT id FROM events_event WHERE brand_id = %s AND NOT test ORDER BY received_at DESC, id DESC LIMIT 200"
TOTALS = """SELECT count(*), count(*) FILTER (WHERE status = 'rewarded'),
                   coalesce(sum(amount) FILTER (WHERE status = 'rewarded'), 0)
            FROM events_event
            WHERE brand_id = %s AND NOT test AND received_at >= %s"""
BRAND = "SELECT id FROM brands_brand WHERE slug = 'demo'"


def an_order_or_the_same_again(number: int) -> dict:
    order = uuid4().hex if number % 3 else "the same"
    return {"event": "place_order", "email": new_person(), "metadata": {"order_id": order}}


def in_the_log(server: LiveServer, page: Page) -> tuple[list[str], tuple[int, int, int]]:
    # Asked each time: a day may end meanwhile.
    since = page.request.get(server.url("/b/demo/live/state/")).json()["midnight"]
    with database(server) as connection:
        (brand,) = connection.execute(BRAND).fetchone() or (0,)
        rows = [f"evt_{row[0].hex}" for row in connection.execute(NEWEST, [brand])]
        events, rewarded, credited = connection.execute(TOTALS, [brand, since]).fetchone() or ()
        return rows, (int(events), int(rewarded), int(credited))


def on_the_page(page: Page) -> tuple[list[str], tuple[int, int, int]]:
    rows = page.locator("#live-rows tr").evaluate_all("rows => rows.map(row => row.dataset.id)")
    figures = [
        page.locator(f"#live-{name}").inner_text().replace(",", "")
        for name in ("events", "rewarded", "credited")
    ]
    return rows, (int(figures[0]), int(figures[1]), round(float(figures[2]) * 100))


def test_live_redis_and_the_web_are_killed_in_turn_and_no_row_is_lost_or_doubled(own_server):
    server = own_server(measured=False)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        sign_in(page, server)
        page.wait_for_url("**/brands/")
        page.goto(server.url("/b/demo/live/"))
        page.locator("#live-status").filter(has_text="connected").wait_for()

        with Load(server, an_order_or_the_same_again, connections=4, pause=0.05) as load:
            for part in ("live", "redis", "web"):
                # Only a turn of the page's own loop lets it hear.
                page.wait_for_timeout(1000)
                pids = server["pids"][part]
                for pid in pids if isinstance(pids, list) else [pids]:
                    os.kill(pid, signal.SIGKILL)
                before = len(load.answered)

                def goes_on(enough: int = before + 60) -> bool:
                    page.wait_for_timeout(100)
                    return len(load.answered) >= enough

                until(goes_on, seconds=60, what=f"credits to go on without {part}")

        def agrees() -> bool:
            page.wait_for_timeout(200)
            return on_the_page(page) == in_the_log(server, page)

        until(agrees, seconds=30, what=lambda: difference(server, page))
        page.locator("#live-status").filter(has_text="connected").wait_for()
        # And stays so: nothing was still on its way.
        page.wait_for_timeout(1000)
        assert agrees(), difference(server, page)
        browser.close()


def difference(server: LiveServer, page: Page) -> str:
    shown, totals = on_the_page(page)
    kept, true = in_the_log(server, page)
    return f"the page to agree: {totals} against {true}; rows {set(shown) ^ set(kept)}"
