"""`manage.py up`: it starts, it survives, it ends, and it says in a sentence what is wrong."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.environment import checked_port
from portal.processes import wait_for_end
from portal.trouble import Trouble
from tests.live_server import ROOT, LiveServer, clean_environment, free_port, until

pytestmark = pytest.mark.embedded
KEYS = [
    *("base_url", "live_url", "brand_id", "slug", "domain", "secret_key", "signing_secret"),
    *("email", "password", "pids"),
]
ROLES = ["up", "web", "live", "worker", "beat", "postgres", "redis"]
SECONDS_TO_END = 15


def refusal(folder: Path, *arguments: str, **environment: str) -> str:
    """What `up` says when it cannot start: one sentence, exit code 1, no traceback."""
    ended = subprocess.run(
        [sys.executable, "manage.py", "up", "--data", f"{folder}", *arguments],
        cwd=ROOT,
        env=clean_environment(measured=True, **environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


@pytest.fixture(scope="module")
def sturdy_server(own_server_for_module: Callable[..., LiveServer]) -> LiveServer:
    """One installation for the tests that kill a part of it and see it come back."""
    return own_server_for_module()


def test_it_tells_where_to_go_and_ends_without_leaving_a_process(own_server):
    server = own_server()

    assert list(server.demo) == KEYS
    assert list(server["pids"]) == ROLES
    assert server["base_url"] == server.base_url
    assert stat.S_IMODE((server.folder / "demo.json").stat().st_mode) == 0o600
    assert server["email"] in server.said()
    assert server["password"] in server.said()
    assert "curl http://127.0.0.1:" in server.said()
    server.wait_until_answering()

    processes = server.processes()
    assert {process.pid for process in processes} >= {
        *server["pids"]["web"],
        *(pid for role, pid in server["pids"].items() if role != "web"),
    }
    assert server.stop(signal.SIGTERM) == 0
    assert not wait_for_end(processes, 1)
    assert not (server.folder / "run.json").exists()
    assert not (server.folder / "environment.json").exists()
    assert server["pids"] == dict.fromkeys(ROLES) | {"web": []}


def test_a_killed_up_takes_all_along_and_the_next_start_ends_what_does_not_hear(own_server):
    server = own_server()
    before, processes = server.demo, server.processes()
    for pid in (server["pids"]["web"][-1], server["pids"]["redis"], server["pids"]["postgres"]):
        os.kill(pid, signal.SIGSTOP)
    server.kill()

    server.start()
    assert not wait_for_end(processes, 0.5)
    server.wait_until_answering()
    assert server.demo | {"pids": None} == before | {"pids": None}, "the secrets stay the same"

    processes = server.processes()
    assert server.stop(signal.SIGINT) == 0
    assert not wait_for_end(processes, 1)


def test_killed_web_processes_are_replaced(sturdy_server):
    former = sturdy_server["pids"]["web"]
    for pid in former:
        os.kill(pid, signal.SIGKILL)
    until(
        lambda: len({*sturdy_server["pids"]["web"]} - {*former}) == len(former),
        seconds=30,
        what="all web processes",
    )
    sturdy_server.wait_until_answering()


def test_a_killed_postgres_is_replaced_and_commands_find_it(sturdy_server):
    former = sturdy_server["pids"]["postgres"]
    os.kill(former, signal.SIGKILL)
    until(lambda: sturdy_server["pids"]["postgres"] not in {former, None}, seconds=30)
    assert "brands" in sturdy_server.manage("showmigrations", "--plan").stdout


def test_other_killed_parts_are_replaced(sturdy_server):
    parts = ["redis", "worker", "beat"]
    until(lambda: all(sturdy_server["pids"][part] for part in parts), seconds=30)
    former = [sturdy_server["pids"][part] for part in parts]
    for pid in former:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not {*former, None} & {sturdy_server["pids"][part] for part in parts}, seconds=30)
    assert all(f"{part} ended" in sturdy_server.said() for part in parts)


def test_two_run_side_by_side(sturdy_server, own_server):
    other = own_server()
    other.wait_until_answering()
    sturdy_server.wait_until_answering()
    other.stop()
    sturdy_server.wait_until_answering()


def test_a_second_up_on_the_same_folder_is_refused_and_the_first_goes_on(sturdy_server):
    sentence = refusal(sturdy_server.folder, "--port", f"{free_port()}")
    assert "in use by another `up`" in sentence
    assert f"(pid {sturdy_server.process.pid})" in sentence
    sturdy_server.wait_until_answering()
    assert sturdy_server.processes()


def test_without_a_running_up_a_command_says_what_is_not_set(own_server):
    alone = own_server(start=False).manage("showmigrations", check=False)
    assert alone.returncode == 1
    assert alone.stderr.startswith("Set the ")


def test_a_port_in_use_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port} is in use" in refusal(tmp_path / "new", "--port", f"{port}")


def test_a_port_that_cannot_be_is_said(tmp_path):
    assert "--port must be a number" in refusal(tmp_path, "--port=65536")


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "٣"])
def test_only_a_port_that_exists_is_taken(port):
    with pytest.raises(Trouble, match="--port must be a number"):
        checked_port(port)


def test_a_port_that_contradicts_the_url_is_said(tmp_path):
    sentence = refusal(tmp_path, "--port", "8001", RESONANCE_URL="http://127.0.0.1:8002")
    assert sentence == "RESONANCE_URL says port 8002, --port says 8001: drop one.\n"


def test_plain_http_is_for_this_machine_only(tmp_path):
    sentence = refusal(tmp_path, RESONANCE_URL="http://resonance.example")
    assert "loopback" in sentence


def test_a_data_folder_that_is_a_file_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot be used" in refusal(tmp_path / "file")


def test_a_folder_that_nobody_can_write_is_said():
    assert "cannot be used" in refusal(Path("/proc/resonance"))


def test_a_broken_database_folder_is_said(own_server):
    server = own_server(start=False)
    (server.folder / "postgres" / "global" / "pg_control").write_bytes(b"broken")
    sentence = refusal(server.folder, "--port", f"{server.port}")
    assert "PostgreSQL does not start on" in sentence
    assert "pg_control" in sentence


def test_a_folder_that_is_no_database_is_said(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "letter.txt").write_text("hello")
    assert "is not a PostgreSQL data folder" in refusal(tmp_path, "--port", f"{free_port()}")


def test_a_folder_of_another_version_is_said(own_server):
    server = own_server(start=False)
    (server.folder / "postgres" / "PG_VERSION").write_text("16\n")
    assert "was made by PostgreSQL 16" in refusal(server.folder, "--port", f"{server.port}")


def test_a_database_out_of_reach_is_said_without_its_password(tmp_path):
    url = f"postgresql://ann:secret@127.0.0.1:{free_port()}/resonance"
    sentence = refusal(tmp_path, "--port", f"{free_port()}", DATABASE_URL=url)
    assert "PostgreSQL at 127.0.0.1:" in sentence
    assert "out of reach" in sentence
    assert "secret" not in sentence


def test_a_redis_out_of_reach_is_said(own_server):
    server = own_server(start=False)
    url = f"redis://:secret@127.0.0.1:{free_port()}/0"
    sentence = refusal(server.folder, "--port", f"{server.port}", REDIS_URL=url)
    assert "Redis at 127.0.0.1:" in sentence
    assert "secret" not in sentence


def test_a_broker_out_of_reach_is_said(own_server):
    server = own_server(start=False)
    url = f"redis://127.0.0.1:{free_port()}/0"
    sentence = refusal(server.folder, "--port", f"{server.port}", CELERY_BROKER_URL=url)
    assert "The broker at 127.0.0.1:" in sentence


def test_an_ordinary_user_can_run_it(prepared_folder, tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("all the other tests run it as an ordinary user; as root this one does")
    parent = tmp_path_factory.mktemp("ordinary")
    folder = parent / "data folder"
    shutil.copytree(prepared_folder, folder)
    for path in (parent, folder, *folder.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    server = LiveServer(folder, free_port(), clean_environment(HOME=f"{parent}"))
    # The checkout and its Python may lie in folders of root's: reading is lent, writing is not.
    reading = ("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search")
    identity = ("--reuid", "65534", "--regid", "65534", "--clear-groups", *reading)
    try:
        server.start(prefix=("setpriv", *identity, "--pdeathsig", "TERM", "--"))
        assert Path(f"/proc/{server['pids']['postgres']}").stat().st_uid == 65534
        server.wait_until_answering()
        processes = server.processes()
        assert server.stop() == 0
        assert not wait_for_end(processes, 1)
    finally:
        server.close()
