"""A month of due reports on a clock that the test moves, made by real processes that are killed meanwhile.

The database's clock is `public.storm_clock()` there: the real one and a shift (tests.reports.storm_app). Nothing else
of the product is touched.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import redis
from django.conf import settings
from django.db import connection

from projects.models import Project
from reports.models import Report, Revision
from reports.tasks import begin
from siyu.brands import enter_public
from siyu.celery import app
from siyu.models import DueWork
from tenants.models import Agency
from tenants.provisioning import create_brand
from tests.factories import inside
from tests.kpi.sending import Desk
from tests.reports.desk import added, at, lost, paid, reach, refunded

CLOCK = """
CREATE TABLE IF NOT EXISTS public.storm_shift (shift interval NOT NULL);
TRUNCATE public.storm_shift;
INSERT INTO public.storm_shift VALUES ('0');
CREATE OR REPLACE FUNCTION public.storm_clock() RETURNS timestamptz LANGUAGE sql VOLATILE SECURITY DEFINER
AS 'SELECT clock_timestamp() + shift FROM public.storm_shift';
"""
AT_WORK = """
SELECT count(*) FROM siyu_duework
WHERE parked_at IS NULL AND (leased_until IS NOT NULL OR due_at <= public.storm_clock())
"""
ZONES = ("Asia/Shanghai", "Asia/Shanghai", "Asia/Shanghai", "America/New_York", "Asia/Kathmandu")


class Storm:
    """Brands with a small history each, processes that work on their reports, and what is done to both."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # chance that can be repeated
        self.started: dict[tuple[str, ...], subprocess.Popen[bytes]] = {}
        self.desks: list[Desk] = []
        self.done: Counter[str] = Counter()
        self.run_sql(CLOCK)

    # -- The clock ----------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self.run_sql("SELECT public.storm_clock()")

    def move_to(self, at: datetime) -> None:
        self.run_sql("UPDATE public.storm_shift SET shift = %s - clock_timestamp()", [at])

    def run_sql(self, text: str, values: list[Any] | None = None) -> Any:
        with enter_public(), connection.cursor() as cursor:
            cursor.execute(text, values)
            return cursor.fetchone()[0] if cursor.description else None

    # -- Brands and their facts ---------------------------------------------------------------------------------------

    def add_brands(self, count: int, first: date, days: int) -> None:
        agency = Agency.objects.first()
        for number in range(count):
            brand, _ = create_brand(f"storm{number}", agency=agency, name=f"Storm {number}", category="护肤")
            desk = Desk(brand, tz=ZONES[number % len(ZONES)], starts_on=first)
            self.desks.append(desk)
            desk.send(self.history(first, days))

    def begin(self, at: datetime) -> None:
        """Beat's part, at an instant of the moved clock; all that was asked for before it is due."""
        self.move_to(at)
        begin()
        self.run_sql("UPDATE siyu_duework SET due_at = %s, written_at = %s", [at, at])

    def history(self, first: date, days: int) -> list[dict[str, Any]]:
        """Each day's reach; fans who come, some of whom go; orders, some of which are sent back."""
        events: list[dict[str, Any]] = []
        for place in range(days):
            day = (first + timedelta(days=place)).isoformat()
            events.append(reach(day, self.chance.randint(50, 150)))
            events += [added(f"f{place}.{i}", day, channel="pkg") for i in range(self.chance.randint(0, 3))]
        for event in [event for event in events if event["type"] == "fan.added"]:
            fan, day = event["fan"], event["at"][:10]
            if self.chance.random() < 0.5:
                events.append(paid(f"o{fan}", f"{self.chance.randint(10, 900)}.50", day, fan=fan))
                if self.chance.random() < 0.3:
                    events.append(refunded(f"o{fan}", "5.25", day))
            if self.chance.random() < 0.2:
                events.append(lost(fan, day))
        # Late in the evening in Shanghai it is the same day in New York.
        late = {"10:00": "23:10", "15:00": "23:20", "16:00": "23:30", "12:00": "23:40"}
        return [
            event | {"at": at(event["at"][:10], late[event["at"][11:16]])} if "at" in event else event
            for event in events
        ]

    # -- Processes ----------------------------------------------------------------------------------------------------

    def start(self, *argv: str) -> None:
        """python -m …, in a group of its own; `wait` starts it again, as `make up` would."""
        name = connection.settings_dict["NAME"]
        environment = {**os.environ, "DATABASE_URL": settings.DATABASE_URL._replace(path=f"/{name}").geturl()}
        environment |= {"DJANGO_SETTINGS_MODULE": "siyu.settings", "SIYU_LOG_LEVEL": "CRITICAL"}
        self.started[argv] = subprocess.Popen([sys.executable, "-m", *argv], env=environment, start_new_session=True)

    def start_celery(self, folder: Path, beats: int = 1) -> None:
        common = ["celery", "--quiet", "-A", "tests.reports.storm_app"]
        worker = ["worker", "--pool", "prefork", "--concurrency", "2", "--without-mingle", "--without-gossip"]
        self.start(*common, *worker, "--loglevel", "CRITICAL")
        for number in range(beats):
            schedule = str(folder / f"schedule{number}")
            self.start(*common, "beat", "--pidfile=", "--schedule", schedule, "--loglevel", "CRITICAL")

    def kill_all(self) -> None:
        for process in self.started.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.started.clear()

    def kill_one(self) -> None:
        """With -9: a worker, one of its children, or a beat."""
        found = [psutil.Process(process.pid) for process in self.started.values() if process.poll() is None]
        found += [child for process in found for child in process.children(recursive=True)]
        try:
            self.chance.choice(found).kill()
        except (IndexError, psutil.NoSuchProcess):  # it went by itself just now
            return
        self.done["killed"] += 1

    # -- What is done to them -----------------------------------------------------------------------------------------

    def empty_broker(self) -> None:
        self.done["broker emptied"] += 1
        redis.Redis.from_url(settings.REDIS_URL).flushdb()

    def cut_connections(self) -> None:
        """As a restart of PostgreSQL does."""
        self.done["connections cut"] += 1
        self.run_sql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )

    def shift_clock(self, by: timedelta) -> None:
        """For a moment, then back: nothing may have been made."""
        self.done["clock shifted"] += 1
        before, now = self.count(), self.now()
        self.move_to(now + by)
        time.sleep(0.7)
        self.move_to(now)
        assert self.count() == before, "a report was made on a clock that was wrong for a moment"

    # -- What came of it ----------------------------------------------------------------------------------------------

    def count(self) -> int:
        total = 0
        for desk in self.desks:
            with inside(desk.brand):
                total += Report.objects.count()
        return total

    def is_working(self) -> bool:
        return DueWork.objects.filter(leased_until__isnull=False).exists()

    def is_at_work(self) -> bool:
        return bool(self.run_sql(AT_WORK))

    def wait(self, seconds: float, harms: list[Callable[[], None]] | None = None) -> None:
        """Until nothing is due and nothing runs. The harms are done one after the other while work is under way."""
        until, left = time.monotonic() + seconds, list(harms or [])
        while self.is_at_work():
            assert time.monotonic() < until, list(DueWork.objects.values())
            if left and self.chance.random() < 0.1 and self.is_working():
                left.pop()()
            for argv, process in list(self.started.items()):
                if process.poll() is not None:
                    self.start(*argv)
            time.sleep(0.05)

    def settle(self, at: datetime, harms: list[Callable[[], None]], seconds: float = 120) -> None:
        """Time passes to `at`, and by the minutes after a pause in which nothing is made; then all that is due."""
        for minutes in (0, 3, 6):
            self.move_to(at + timedelta(minutes=minutes))
            self.knock()
            self.wait(seconds, harms if minutes == 3 else None)

    def knock(self) -> None:
        app.send_task("siyu.tasks.knock", expires=10)

    def rows(self, desk: Desk) -> list[tuple[str, str, str]]:
        with inside(desk.brand):
            found = Report.objects.order_by("kind", "first_day").values_list("kind", "first_day", "state")
            return [(kind, day.isoformat(), state) for kind, day, state in found]

    def first_revisions(self, desk: Desk) -> list[Revision]:
        with inside(desk.brand):
            assert Project.objects.count() == 1
            return list(Revision.objects.select_related("report__project").order_by("pk"))


def utc(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
