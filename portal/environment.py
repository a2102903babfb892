"""The environment that settings are read from, made ready before Django loads.

What is set always wins. For `up`, what is missing is made: a secret key that stays the same, the
URLs of the embedded servers. Every other command finds what is missing in the data folder of a
running `up`, so that `manage.py verify_ledger` works beside it as it stands.
"""

import argparse
import os
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from portal.datafolder import DataFolder
from portal.embedded import Postgres, Redis
from portal.processes import Process
from portal.trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_PORT = 8000
LAST_PORT = 65535
MAIL_AS_FILES = "django.core.mail.backends.filebased.EmailBackend"
KEPT = ("RESONANCE_", "SECRET_KEY", "DATABASE_", "REDIS_", "CELERY_", "EMAIL_", "DEFAULT_FROM_")


@dataclass(frozen=True)
class UpOptions:
    """What `up` was asked for, checked."""

    data: Path
    host: str
    port: int


def prepare(argv: Sequence[str]) -> None:
    if argv[1:2] == ["up"]:
        if not {"-h", "--help"} & set(argv):
            prepare_up(up_options(argv[2:]))
    else:
        take_from_running_up()


def add_up_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", help=f"where the web answers (default {DEFAULT_PORT})")
    parser.add_argument("--data", help="the data folder (default RESONANCE_DATA, else .local)")


def up_options(argv: Sequence[str]) -> UpOptions:
    parser = argparse.ArgumentParser(add_help=False)
    add_up_arguments(parser)
    given = parser.parse_known_args(argv)[0]
    url = urlsplit(os.environ.get("RESONANCE_URL", ""))
    if url.scheme == "http":
        port = url_port(url)
        if given.port and checked_port(given.port) != port:
            raise Trouble(f"RESONANCE_URL says port {port}, --port says {given.port}: drop one.")
        # A plain http:// address is for this machine alone, so nothing else is listened on.
        host = "::1" if url.hostname == "::1" else "127.0.0.1"
    else:
        port = checked_port(given.port or f"{DEFAULT_PORT}")
        host = "0.0.0.0" if url.scheme else "127.0.0.1"  # noqa: S104 - a proxy speaks https
    return UpOptions(data=data_folder(given.data), host=host, port=port)


def url_port(url: SplitResult) -> int:
    try:
        return url.port or 80
    except ValueError as error:
        raise Trouble(f"RESONANCE_URL has no port that exists: {url.netloc}") from error


def checked_port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LAST_PORT):
        raise Trouble(f"--port must be a number from 1 to {LAST_PORT}, not {text!r}.")
    return int(text)


def data_folder(given: str | None = None) -> Path:
    return Path(given or os.environ.get("RESONANCE_DATA") or ROOT / ".local").expanduser()


def prepare_up(options: UpOptions) -> None:
    folder = DataFolder(options.data)
    folder.make()
    os.environ["RESONANCE_DATA"] = f"{folder.path}"
    if not os.environ.get("RESONANCE_URL"):
        os.environ["RESONANCE_URL"] = f"http://127.0.0.1:{options.port}"
    if not os.environ.get("SECRET_KEY"):
        os.environ["SECRET_KEY"] = folder.keep("secret_key", lambda: secrets.token_urlsafe(50))
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = Postgres(folder / "postgres").url
    if not os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"] = Redis(folder / "redis").url
    prepare_live(options, folder)
    if not os.environ.get("EMAIL_BACKEND"):
        # Mail holds codes and links that let somebody in.
        (folder / "mail").mkdir(mode=0o700, exist_ok=True)
        os.environ["EMAIL_BACKEND"] = MAIL_AS_FILES


def prepare_live(options: UpOptions, folder: DataFolder) -> None:
    """Where the live streams are: a port of their own, and behind a proxy `/live` of the site."""
    https = os.environ["RESONANCE_URL"].startswith("https://")
    if not os.environ.get("RESONANCE_LIVE_PORT"):
        port = options.port + 1 if https else port_for_live(options, folder)
        os.environ["RESONANCE_LIVE_PORT"] = f"{port}"
    if not os.environ.get("RESONANCE_LIVE_URL"):
        host = f"[{options.host}]" if ":" in options.host else options.host
        behind_proxy = f"{os.environ['RESONANCE_URL'].rstrip('/')}/live"
        own_port = f"http://{host}:{os.environ['RESONANCE_LIVE_PORT']}"
        os.environ["RESONANCE_LIVE_URL"] = behind_proxy if https else own_port


def port_for_live(options: UpOptions, folder: DataFolder) -> int:
    """The port of the last time where it is free, so that pages which are open find it again."""
    last = folder.read("live_port") or ""
    for wanted in (int(last) if last.isdigit() else 0, 0):
        try:
            port = free_port(options.host, wanted)
        except OSError:
            continue
        folder.write("live_port", f"{port}")
        return port
    raise Trouble("There is no free port for the live streams: set RESONANCE_LIVE_PORT.")


def free_port(host: str, wanted: int) -> int:
    """`wanted`, or with 0 any. Raises OSError where somebody has it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As the server does, so that its own former connections are in nobody's way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, wanted))
        return int(probe.getsockname()[1])


def write_for_others(folder: DataFolder, variables: dict[str, str]) -> None:
    """Leave the environment of this `up` for the commands that are run beside it."""
    up = Process.find(os.getpid())
    kept = {name: value for name, value in variables.items() if name.startswith(KEPT)}
    folder.write_json("environment.json", {"up": up.row if up else None, "variables": kept})


def take_from_running_up() -> None:
    kept = DataFolder(data_folder()).read_json("environment.json")
    up = Process.load(kept.get("up"))
    if up is None or not up.is_alive():
        return
    for name, value in kept.get("variables", {}).items():
        if not os.environ.get(name):
            os.environ[name] = value
