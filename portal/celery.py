"""The Celery application: jobs that may wait. No credit ever depends on it."""

import logging.config
import os
import time
from typing import Any

from celery import Celery, signals
from django.conf import settings

from portal import heartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
app = Celery("resonance")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def log_as_we_do(**_: Any) -> None:
    """Where somebody listens to this signal, Celery leaves the logging alone."""
    logging.config.dictConfig(settings.LOGGING)
    logging.captureWarnings(capture=True)


def heard_of_worker(**_: Any) -> None:
    heartbeat.note("worker")


def say_when(headers: dict[str, Any], **_: Any) -> None:
    headers.setdefault(heartbeat.SENT_AT, time.time())


def heard_of_beat(**_: Any) -> None:
    heartbeat.note("beat")


signals.celeryd_init.connect(log_as_we_do, weak=False)  # before it warns of being root
signals.setup_logging.connect(log_as_we_do, weak=False)
signals.worker_ready.connect(heard_of_worker, weak=False)
signals.beat_init.connect(heard_of_beat, weak=False)
signals.before_task_publish.connect(heard_of_beat, sender="portal.tasks.beat", weak=False)
signals.before_task_publish.connect(say_when, weak=False)
