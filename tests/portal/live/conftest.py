"""What the tests of the live streams share."""

import pytest

from events.services import broadcast
from portal.live import hub


@pytest.fixture(autouse=True)
def _a_busy_machine_is_no_server_that_is_away(monkeypatch):
    monkeypatch.setattr(broadcast, "TIMEOUT", 10.0)
    monkeypatch.setattr(broadcast, "LAST_SECONDS", 10.0)
    monkeypatch.setattr(hub, "SILENCE", 10.0)
