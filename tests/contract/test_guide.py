"""docs/partners.md: its calls run as they stand, its answers look as it says, its codes are those of the code."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from brands.management.commands.problem_codes import table, with_table
from events.models import Status
from tests.live_server import clean_environment

GUIDE = (Path(__file__).parents[2] / "docs" / "partners.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```\n(?:\n```json\n(.*?)```)?", GUIDE, re.DOTALL)


def test_the_table_of_codes_is_that_of_the_code():
    assert table() in GUIDE, "run: manage.py problem_codes docs/partners.md"
    assert with_table(GUIDE) == GUIDE


def test_every_status_is_explained():
    said = re.findall(r"^\| `(\w+)` \| ", GUIDE.partition("What `status` says")[2], re.MULTILINE)
    assert set(Status.values) <= set(said)


@pytest.mark.needs("curl")
@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_a_call_of_the_guide_runs_as_it_stands(running_server, number):
    call, answer = BLOCKS[number]
    call = call.replace("https://resonance.example", running_server.base_url)
    call = call.replace("rsk_…", running_server["secret_key"])
    for name in ("ORD-", "order-", "review-"):
        call = call.replace(name, f"{name}{uuid4().hex}-")
    call = call.replace("ann@example.com", f"{uuid4().hex}@example.com")
    ran = subprocess.run(
        ["sh", "-c", call.replace("curl", "curl -sS --fail-with-body", 1)],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    if answer:
        looks_like(json.loads(ran.stdout), json.loads(answer))


def looks_like(found: Any, said: Any) -> None:
    """The same shape, and the same values but for what is new with every call."""
    match said:
        case dict():
            assert list(found) == list(said)
            for name in said.keys() - {"balance"}:
                looks_like(found[name], said[name])
        case list():
            assert len(found) == len(said)
            for one, other in zip(found, said, strict=True):
                looks_like(one, other)
        case str() if said.endswith("…"):
            assert str(found).startswith(said[:-1])
        case _:
            assert found == said


def test_the_guide_has_its_calls():
    assert len(BLOCKS) == 3
