"""Real worker processes, killed while they work; a real broker, emptied."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction

from projects.models import Channel
from siyu import due
from siyu.models import DueWork
from tests.factories import inside

pytestmark = pytest.mark.django_db(transaction=True)


def environment() -> dict[str, str]:
    """The test database's address, for processes of their own."""
    name = connection.settings_dict["NAME"]
    return {**os.environ, "DATABASE_URL": settings.DATABASE_URL._replace(path=f"/{name}").geturl()}


@pytest.fixture
def start():
    """Start a process; all are ended with the test."""
    started = []

    def run(*argv: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-m", *argv], env=environment(), start_new_session=True)
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(holds: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def asking(brand, subject: str) -> None:
    with inside(brand), transaction.atomic():
        due.ask("probe", subject)


def is_there(brand, code: str) -> bool:
    with inside(brand):
        return Channel.objects.filter(code=code).exists()


def runs_of(brand, subject: str) -> int:
    with inside(brand):
        return Channel.objects.get(code=f"began:{subject}").lag_days


def test_a_killed_workers_row_is_taken_over(acme, start):
    asking(acme, "slow")
    first = start("tests.siyu.due_worker", "60")
    wait_for(lambda: is_there(acme, "began:slow"))
    start("tests.siyu.due_worker", "60")
    held_until = DueWork.objects.get().leased_until
    wait_for(lambda: DueWork.objects.get().leased_until > held_until)  # alive: beat() holds it against the other
    assert not is_there(acme, "done:slow")
    first.send_signal(signal.SIGKILL)
    wait_for(lambda: not DueWork.objects.exists())
    assert is_there(acme, "done:slow")
    assert runs_of(acme, "slow") == 1


def test_two_workers_do_each_work_once(acme, globex, start):
    subjects = [str(number) for number in range(20)]
    for subject in subjects:
        asking(acme, subject)
        asking(globex, subject)
    for _ in range(2):
        start("tests.siyu.due_worker", "60")
    wait_for(lambda: not DueWork.objects.exists())
    for brand in (acme, globex):
        assert [runs_of(brand, subject) for subject in subjects] == [1] * len(subjects)


def test_an_emptied_broker_loses_nothing(acme, start, tmp_path):
    """Celery's own worker and beat; what was asked for before the broker was emptied is done by the next knock."""
    asking(acme, "before")
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    start(
        "celery",
        "-A",
        "tests.siyu.celery_app",
        "worker",
        "--pool",
        "prefork",
        "--concurrency",
        "1",
        "--loglevel",
        "ERROR",
    )
    start(
        "celery",
        "-A",
        "tests.siyu.celery_app",
        "beat",
        "--pidfile=",
        "--schedule",
        str(tmp_path / "schedule"),
        "--loglevel",
        "ERROR",
    )
    wait_for(lambda: not DueWork.objects.exists(), 60)
    assert runs_of(acme, "before") == 1
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    asking(acme, "after")
    wait_for(lambda: not DueWork.objects.exists(), 60)
    assert runs_of(acme, "after") == 1
