"""A credit does not depend on a thread that the system has to give."""

import threading

from events.models import Event
from events.services import broadcast
from tests.events.calls import report
from tests.portal.conftest import order  # noqa: F401


def test_an_event_is_taken_where_no_thread_can_be_started(
    brand,
    order,  # noqa: F811
    monkeypatch,
    django_capture_on_commit_callbacks,
):
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    made = broadcast.Broadcaster("redis://127.0.0.1:1/0")
    monkeypatch.setattr(broadcast, "ours", lambda: made)
    with monkeypatch.context() as away:
        away.setattr(threading.Thread, "start", refuse)
        with django_capture_on_commit_callbacks(execute=True):
            report(brand, metadata={"order_id": 1})
    assert (made.thread, made.missed) == (None, True)
    with django_capture_on_commit_callbacks(execute=True):
        report(brand, metadata={"order_id": 2})
    assert Event.objects.count() == 2
    assert made.thread is not None
    assert made.thread.is_alive()
