"""`make up`: everything siyu needs, in the foreground, in one terminal."""

import os
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from siyu.embedded import postgres
from siyu.embedded.console import Console
from siyu.embedded.home import HomeError, home_path, make_home
from siyu.embedded.ports import is_free
from siyu.embedded.run import start_services, supervised
from siyu.embedded.supervisor import ChildFailed, Stopped, Supervisor

DEFAULT_PORT = 8000
READY_SECONDS = 180.0


def up() -> int:
    """Run until Ctrl-C, SIGTERM, or the end of a process that should run. Returns the exit code: 0 if asked to stop."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    }
    home = home_path()
    make_home(home)
    port, address = web_port(environment), environment.get("SIYU_BIND") or "127.0.0.1"
    console = Console(home / "logs")
    url = f"http://{environment.get('SIYU_BASE_DOMAIN') or 'localhost'}:{port}/"
    try:
        with supervised(home, console) as supervisor:
            try:
                # Only now: a start that waited for an earlier run finds its port free.
                refuse_taken_port(port, address)
                supervisor.publish(url=url)
                serve(supervisor, environment, port, address, url)
            except Stopped:
                console.say("stopping / 正在停止 …")
                return 0
            except ChildFailed as failure:
                console.say(str(failure))
                console.say(f"stopping all / 正在全部停止 …  (logs: {home / 'logs'})")
                return 1
    finally:
        console.close()
    return 0


def serve(supervisor: Supervisor, environment: dict[str, str], port: int, address: str, url: str) -> None:
    """Start all, say so, and stay until asked to stop or beyond mending (raises Stopped or ChildFailed)."""
    home, console = supervisor.home, supervisor.console
    for orphan in postgres.orphans_of(home):
        console.say(
            f"note: {orphan} holds the database of an earlier SIYU_HOME at {home}; remove it if nobody needs it"
        )
    environment |= start_services(supervisor, environment, lasting=True)
    environment |= {"SIYU_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    supervisor.run("migrate", manage("migrate_brands"), environment)
    logins = first_start(supervisor, environment)
    (home / "beat").mkdir(mode=0o700, exist_ok=True)
    processes = commands(home, port, address)
    for name, argv in processes.items():
        supervisor.start(name, argv, environment)
    supervisor.publish(web_port=port)
    probe = f"http://{probe_address(address)}:{port}/healthz"
    supervisor.wait_for(lambda: answers(probe), seconds=READY_SECONDS, what=f"{probe} does not answer 200")
    console.plain(f"\nsiyu is ready: {url}")
    if logins:
        console.plain(logins)
    console.plain("Ctrl-C stops it / 按 Ctrl-C 停止\n")
    supervisor.stay(restarted=processes)


def commands(home: Path, port: int, address: str) -> dict[str, list[str]]:
    """The long-lived processes of siyu itself. The same as in docker-compose.yml, but for paths and addresses."""
    web = "gunicorn siyu.wsgi:application --worker-class gthread --workers 2 --threads 4 --max-requests 2000"
    # No control socket: its path is one for all of a user's gunicorns. No access log: query strings are personal data.
    # A worker that has served its requests ends after the import it may still be busy with, however long that is.
    # The longest address it takes: no filter of ours makes one longer (templates/workplace/_field.html).
    web += " --limit-request-line 8190"
    web += " --max-requests-jitter 500 --timeout 120 --graceful-timeout 900 --no-control-socket"
    worker = "celery --quiet -A siyu worker --pool prefork --concurrency 2 --max-tasks-per-child 500 --loglevel INFO"
    worker += " --without-mingle --without-gossip"  # the only worker of its broker has nobody to greet
    beat = "celery --quiet -A siyu beat --pidfile= --loglevel WARNING"
    bind = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    return {
        "web": [sys.executable, "-m", *web.split(), "--bind", bind],
        "worker": [sys.executable, "-m", *worker.split(), "--hostname", "siyu@%h"],
        "beat": [sys.executable, "-m", *beat.split(), "--schedule", str(home / "beat" / "schedule")],
    }


def manage(*words: str) -> list[str]:
    return [sys.executable, "manage.py", *words]


def first_start(supervisor: Supervisor, environment: Mapping[str, str]) -> str:
    """Load the demo or bring it up to date, and return the logins it prints. They go to the terminal only."""
    # Not through the relay: passwords must not reach the logs.
    with tempfile.TemporaryFile() as said:
        argv = manage("first_start", *(["--bar"] if sys.stdout.isatty() else []))
        supervisor.run("demo", argv, environment, output=said)
        said.seek(0)
        return said.read().decode("utf-8", "replace").rstrip()


def web_port(environment: Mapping[str, str]) -> int:
    """SIYU_PORT as a number. Raises HomeError where it is none."""
    text = environment.get("SIYU_PORT") or str(DEFAULT_PORT)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise HomeError(f"SIYU_PORT={text} is not a port number (1 to 65535).")
    return int(text)


def refuse_taken_port(port: int, address: str) -> None:
    if not is_free(port, address):
        raise HomeError(
            f"Port {port} is taken by another program. 端口被占用。Choose another: SIYU_PORT={port + 1} make up"
        )


def probe_address(address: str) -> str:
    """Where to knock for a server that listens on this address."""
    if address == "0.0.0.0":  # noqa: S104  # compared, not listened on
        return "127.0.0.1"
    return "[::1]" if address == "::" else f"[{address}]" if ":" in address else address


def answers(url: str) -> bool:
    """True if the page answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310  # our own http address
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False
