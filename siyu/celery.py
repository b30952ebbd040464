"""The Celery application: workers do what `siyu.due` says is due, beat only knocks."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siyu.settings")
app = Celery("siyu")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

PROCESS_POOLS = ("celery.concurrency.prefork", "celery.concurrency.solo")


@worker_init.connect
def refuse_threads(sender: Any, **_: Any) -> None:
    """A brand is entered on a process's one connection. Threads and green threads are refused, whatever the options."""
    if sender.pool_cls.__module__ not in PROCESS_POOLS:
        # Celery swallows a receiver's Exception, and would start.
        raise SystemExit("siyu's worker runs in processes: start it with --pool prefork")
