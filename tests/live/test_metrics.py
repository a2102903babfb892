"""Metrics and logs of a whole installation: every process is in them, whatever happens to it."""

import json
import os
import signal

import pytest
import requests

from tests.live.calls import new_person, post, post_at_once, with_key
from tests.live_server import until

pytestmark = pytest.mark.embedded
COUNTED = 'resonance_requests_total{endpoint="events:manual-event",status="200"}'


def scraped(server) -> dict[str, float]:
    answer = requests.get(server.url("/metrics"), timeout=10)
    assert answer.status_code == 200
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def all_is_ready(server) -> bool:
    answer = requests.get(server.url("/readyz"), timeout=10)
    return all(check["ok"] for check in answer.json()["checks"])


def visits(server, number: int) -> None:
    bodies = [{"event": "daily_visit", "email": new_person()} for _ in range(number)]
    assert {each.status_code for each in post_at_once(server, bodies, **with_key(server))} == {200}


def files_of_processes(server) -> set[int]:
    files = (server.folder / "metrics").glob("counter_*.db")
    return {int(pid) for file in files if (pid := file.stem.rpartition("_")[2]).isdigit()}


def test_all_processes_are_counted_and_the_dead_ones_stay_counted(own_server):
    server = own_server()
    visits(server, 24)
    assert all(scraped(server)[COUNTED] == 24 for _ in range(6))
    assert files_of_processes(server) == set(server["pids"]["web"][1:])

    died = server["pids"]["web"][-1]
    os.kill(died, signal.SIGKILL)
    until(lambda: died not in server["pids"]["web"], seconds=20, what="the death to be seen")
    server.wait_until_answering()
    visits(server, 8)
    until(lambda: scraped(server)[COUNTED] == 32, seconds=10, what="all calls to be counted")
    assert scraped(server)["resonance_record_seconds_count"] == 32
    until(lambda: died not in files_of_processes(server), seconds=10, what="its file to be folded")

    answer = requests.get(server.url("/readyz"), timeout=10)
    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    until(lambda: all_is_ready(server), seconds=60, what="the worker and beat to be heard of")
    until(lambda: scraped(server)["resonance_queue_jobs"] == 0, seconds=60, what="an empty queue")


def test_every_line_of_every_process_is_json_and_names_nobody(own_server):
    server = own_server(RESONANCE_SLOW_MS="0")
    person = new_person()
    post(server, {"event": "daily_visit", "email": person}, **with_key(server))
    post(server, {"event": "no\nsuch", "email": person}, **with_key(server))
    requests.get(server.url(f"/resonance-api/wallets/{person}?a=%0a{{"), timeout=10)
    requests.get(server.url(f"/nowhere/{person}%0a{{"), timeout=10)
    requests.get(server.url("/readyz"), headers={"Host": f"{person}"}, timeout=10)
    until(lambda: all_is_ready(server), seconds=60, what="the worker and beat to be heard of")
    server.stop()
    for name in ("web", "worker", "beat"):
        # Celery prints this past every logger.
        said = server.log(name).replace("worker: Warm shutdown (MainProcess)", "")
        lines = [line for line in said.splitlines() if line]
        assert all(set(json.loads(line)) >= {"event", "level", "timestamp"} for line in lines), (
            lines
        )
        assert person not in server.log(name)
        assert server["secret_key"] not in server.log(name)
    assert "slow call" in server.log("web")
    assert '"refused"' in server.log("web")
