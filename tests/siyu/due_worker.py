"""A worker process for test_due_workers: leases of two seconds, and work that leaves traces in a brand's rows.

python -m tests.siyu.due_worker      works off what is due until nothing is left
"""

import sys
import time
from datetime import timedelta

import django

django.setup()

from projects.models import Channel  # noqa: E402 - after setup
from siyu import due  # noqa: E402

due.LEASE = timedelta(seconds=2)


@due.handles("probe")
def probe(subject: str, beat: due.Beat) -> None:
    """Slow in its own first attempt only: whoever takes over finishes at once."""
    began, is_new = Channel.objects.get_or_create(code=f"began:{subject}")
    while is_new and subject.startswith("slow"):
        beat()
        time.sleep(0.1)
    Channel.objects.get_or_create(code=f"done:{subject}")
    # A trace of every run: `lag_days` counts them.
    began.lag_days += 1
    began.save(update_fields=["lag_days"])


if __name__ == "__main__":
    until = time.monotonic() + float(sys.argv[1])
    while time.monotonic() < until:
        due.work_off(1)
        time.sleep(0.05)
