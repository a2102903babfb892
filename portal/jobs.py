"""Hand a job to the worker, once what it is about is durable."""

import logging
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def begin(task: "Task[Any, Any]", **ids: int) -> None:
    """Send it after the commit. Where the broker is away nothing fails: the row is the record of what is to
    be done, and beat's sweep finds it."""

    def send() -> None:
        try:
            task.apply_async(kwargs=ids, retry=False)
        except OperationalError:
            log.warning("%s could not be sent; the next sweep finds it", task.name)

    transaction.on_commit(send)
