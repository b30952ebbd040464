"""The one task of the broker: a knock. What is to be done lies in rows (siyu.due)."""

import time

from siyu import due
from siyu.celery import app

SPELL = 300.0  # seconds one knock works at most; beat knocks again every two


@app.task(name="siyu.tasks.knock")
def knock() -> None:
    """Work off what is due, then go. Knocks that wait behind others expire (see the callers) and do not pile up."""
    due.work_off(until=time.monotonic() + SPELL)
