"""Response times of a real server: what its processes have counted outlives them."""

import os
import signal
import subprocess
import sys
from uuid import uuid4

from tests.live.calls import count, new_person, post_in_turn
from tests.live_server import until

COUNTED = (
    "SELECT coalesce(sum(within[128]), 0)::bigint FROM analytics_dayanswers WHERE call = 'event'"
)
WORKER = """
import multiprocessing, os, signal
from brands.endings import at_the_end
def work():
    at_the_end(lambda: print("the end", flush=True))
    signal.signal(signal.SIGTERM, lambda *_: exit())
    os.kill(os.getpid(), signal.SIGTERM)
worker = multiprocessing.get_context("fork").Process(target=work)
worker.start()
worker.join()
at_the_end(lambda: print("of all", flush=True))
"""


def an_order() -> dict:
    return {"event": "place_order", "email": new_person(), "metadata": {"order_id": uuid4().hex}}


def test_a_worker_that_is_told_to_end_writes_what_it_has_counted(own_server):
    server = own_server(measured=False)
    before = count(server, COUNTED)
    answered = post_in_turn(server, [an_order() for _ in range(40)])
    assert {each.status_code for each in answered} == {200}
    for pid in server["pids"]["web"]:
        os.kill(pid, signal.SIGTERM)
    until(lambda: count(server, COUNTED) == before + 40, seconds=20, what="forty answers")


def test_the_last_act_comes_in_forked_workers_too():
    ran = subprocess.run([sys.executable, "-c", WORKER], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["the end", "of all"]
