"""siyu's Celery application on a clock that a test moves, for worker processes that are killed.

python -m tests.reports.storm_app      works off what is due, for ever
"""

import time
from pathlib import Path

import django

django.setup()

from reports.tasks import begin  # noqa: E402 - after setup
from siyu import due, sql  # noqa: E402
from siyu.celery import app as app  # noqa: E402

read = sql._text


def on_the_moved_clock(path: Path) -> str:
    return read(path).replace("clock_timestamp()", "public.storm_clock()")


sql._text = on_the_moved_clock  # type: ignore[assignment]  # every question about what is due, and nothing else

if __name__ == "__main__":
    app.loader.import_default_modules()  # the rooms' tasks
    while True:
        begin()
        due.work_off()
        time.sleep(0.05)
