"""What `up` and `exec` share: one claimed home, its services, and their end whatever happens."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from siyu.embedded import leftovers, postgres, valkey
from siyu.embedded.births import birth, is_alive
from siyu.embedded.console import Console
from siyu.embedded.home import (
    HomeError,
    claimed,
    database_url,
    is_running,
    load_secrets,
    read_json,
    redis_url,
    try_claim,
)
from siyu.embedded.supervisor import Supervisor

TEMPORARY_PREFIX = "siyu-run-"
SETTLED_SECONDS = 60.0  # a temporary home younger than this may be between making and claiming its lock
ENDING_SECONDS = 90.0  # how long a start waits for an earlier run that is ending


@contextmanager
def supervised(home: Path, console: Console) -> Iterator[Supervisor]:
    """Claim the home, end what an earlier run left, and hand out a supervisor; at the end all it started is stopped.

    Raises HomeError where the home is in use.
    """
    with ExitStack() as stack:
        claim(home, stack)
        clear_leftovers(home, console)
        supervisor = Supervisor(home, console)
        supervisor.listen()
        maker = os.getppid() if "MAKELEVEL" in os.environ else None
        supervisor.publish(maker={"pid": maker, "birth": birth(maker)} if maker else {})
        try:
            yield supervisor
        finally:
            with suppress(OSError):  # somebody removed the home under us; what runs must end all the same
                supervisor.publish(ending=True)
            supervisor.stop_all()
            (home / "runtime.json").unlink(missing_ok=True)


def claim(home: Path, stack: ExitStack) -> None:
    """Claim the home for as long as the stack lives; wait for an earlier run that is ending."""
    until = time.monotonic() + ENDING_SECONDS
    told = False
    while (descriptor := try_claim(home)) is None:
        runtime = read_json(home / "runtime.json")
        maker = runtime.get("maker", {})
        orphan = bool(maker) and not is_alive(maker.get("pid"), maker.get("birth"))
        ends = runtime.get("ending") or orphan or not is_running(runtime, home)
        if not ends or time.monotonic() > until:
            who = f"pid {runtime.get('launcher', {}).get('pid', 'unknown')}"
            url = runtime.get("url", "still starting")
            raise HomeError(
                f"siyu already runs in {home} ({who}, {url}). 已在运行。\n"
                "Stop it with Ctrl-C there, or start another copy: SIYU_HOME=.siyu-2 SIYU_PORT=8001 make up"
            )
        if not told:
            print("siyu: waiting for the earlier run of this SIYU_HOME to end …", flush=True)
            told = True
        time.sleep(0.2)
    stack.callback(os.close, descriptor)


def clear_leftovers(home: Path, console: Console) -> None:
    """End what a killed run of this home left running."""
    found = leftovers.find(home)
    data = home / "postgres" / "data"
    if (home / "postgres.path").exists():
        data = Path((home / "postgres.path").read_text("utf-8").strip()) / "data"
    postmaster = leftovers.postmaster(data)
    if postmaster is not None:
        found[postmaster] = "postgres"
    if found:
        names = ", ".join(sorted({f"{role} {process.pid}" for process, role in found.items()}))
        console.say(f"ending what an earlier run left: {names} / 正在结束上次遗留的进程")
        leftovers.end(found)
    (home / "runtime.json").unlink(missing_ok=True)


def start_services(supervisor: Supervisor, environment: dict[str, str], *, lasting: bool) -> dict[str, str]:
    """Start what the environment does not name, and return the settings that lead to all of it, secrets included."""
    known = load_secrets(supervisor.home)
    settings = {
        "SIYU_HOME": str(supervisor.home),
        "SIYU_SECRET_KEY": environment.get("SIYU_SECRET_KEY") or known["secret_key"],
        "SIYU_MASTER_KEY": environment.get("SIYU_MASTER_KEY") or known["master_key"],
    }
    if environment.get("DATABASE_URL"):
        settings["DATABASE_URL"] = environment["DATABASE_URL"]
    else:
        port = postgres.start(supervisor, lasting=lasting)
        settings["DATABASE_URL"] = database_url(known["database_password"], port)
        supervisor.publish(postgres_port=port)
    if environment.get("REDIS_URL"):
        settings["REDIS_URL"] = environment["REDIS_URL"]
    else:
        port = valkey.start(supervisor, lasting=lasting)
        settings["REDIS_URL"] = redis_url(known["broker_password"], port)
        supervisor.publish(valkey_port=port)
    return settings


@contextmanager
def temporary_home() -> Iterator[Path]:
    """A home that is removed at the end. What killed runs left of theirs is removed too."""
    sweep_temporary_homes()
    home = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX)).resolve()
    try:
        yield home
    finally:
        remove_home(home)


def sweep_temporary_homes() -> None:
    for home in Path(tempfile.gettempdir()).resolve().glob(f"{TEMPORARY_PREFIX}*"):
        try:
            if home.stat().st_uid != os.geteuid():
                continue
            if time.time() - (home / "lock").stat().st_mtime < SETTLED_SECONDS:
                continue
            with claimed(home) as ours:
                if ours:
                    leftovers.end(leftovers.find(home))
                    remove_home(home)
        except OSError:  # it has no lock yet, or another sweep was faster
            continue


def remove_home(home: Path) -> None:
    """Remove the home and the database that belongs to it."""
    postgres.remove_elsewhere(home)
    shutil.rmtree(home, ignore_errors=True)
