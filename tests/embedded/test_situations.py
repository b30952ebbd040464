"""`make up` as people meet it: fresh clones, other users, odd folders, kill -9. `make test-situations` runs these.

Each situation starts real processes on ports of its own and takes from seconds to a minute; nothing is faked but a
Python without ensurepip. As root there are more of them: a closed folder, and a user made for the purpose.
"""

import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import psycopg2
import pytest

from siyu.embedded import leftovers
from siyu.embedded.home import ROOT

pytestmark = pytest.mark.slow

READY_SECONDS = 300
STOP_SECONDS = 60
AS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not AS_ROOT, reason="needs root to become other users")

# Keeps a row in PostgreSQL and a key in Valkey by way of what `manage.py` would be given beside a running `make up`.
KEEP = """
import psycopg2, redis, sys
from siyu.embedded.home import environment
found = environment()
database, broker = psycopg2.connect(found["DATABASE_URL"]), redis.Redis.from_url(found["REDIS_URL"])
with database, database.cursor() as cursor:
    cursor.execute("CREATE TABLE IF NOT EXISTS public.situation_kept (word text)")
    if sys.argv[1:]:
        cursor.execute("INSERT INTO public.situation_kept VALUES (%s)", [sys.argv[1]])
        broker.sadd("situation-kept", sys.argv[1])
    cursor.execute("SELECT string_agg(word, ',' ORDER BY word) FROM public.situation_kept")
    print(cursor.fetchone()[0], ",".join(sorted(word.decode() for word in broker.smembers("situation-kept"))))
"""

TABLES = """
import psycopg2
from siyu.embedded.home import environment
cursor = psycopg2.connect(environment()["DATABASE_URL"]).cursor()
cursor.execute("SELECT schemaname || '.' || tablename FROM pg_tables WHERE tablename LIKE 'situation%'")
print(*[row[0] for row in cursor.fetchall()])
"""


class Checkout:
    """A clone of this repository that belongs to one user."""

    def __init__(self, folder, user=None):
        self.folder, self.user = folder, user
        folder.parent.mkdir(parents=True, exist_ok=True)
        source = os.environ.get("SIYU_SITUATIONS_SOURCE", str(ROOT))
        subprocess.run(["git", "clone", "-q", source, str(folder)], check=True)
        crippled = folder / ".git" / "crippled"  # Debian's python3 comes without ensurepip
        crippled.mkdir()
        (crippled / "ensurepip.py").write_text("raise ImportError('No module named ensurepip')\n")
        if user:
            subprocess.run(["chown", "-R", user, str(folder)], check=True)

    def environment(self, **more):
        kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        path = ["/usr/local/bin", "/usr/bin", "/bin"]
        if subprocess.run(["/usr/bin/python3", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]).returncode:
            path.insert(0, str(Path(sys.executable).resolve().parent))
        home = pwd.getpwnam(self.user).pw_dir if self.user else os.environ.get("HOME", "/")
        kept |= {"PATH": ":".join(path), "HOME": home, "PYTHONPATH": str(self.folder / ".git" / "crippled")}
        return kept | {"SIYU_DEMO": "0"} | more  # loaded in one situation, not in all

    def command(self, *argv, **more):
        """Run a short command in the checkout, as its user."""
        return subprocess.run(
            argv,
            cwd=self.folder,
            env=self.environment(**more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=READY_SECONDS,
            **as_user(self.user),
        )

    def keep(self, *words, home=".siyu"):
        """Keep a word in both services; returns what both hold."""
        done = self.command(".venv/bin/python", "-c", KEEP, *words, SIYU_HOME=home, PYTHONPATH=str(self.folder))
        assert done.returncode == 0, done.stdout
        return done.stdout.split()


class Run:
    """One `make up`."""

    def __init__(self, checkout, home=".siyu", port=None, **more):
        self.checkout, self.home, self.port = checkout, checkout.folder / home, port or free_port()
        self.output = Path(f"{checkout.folder}-{self.port}-{time.monotonic_ns()}.out")
        environment = checkout.environment(SIYU_PORT=str(self.port), SIYU_HOME=home, **more)
        with self.output.open("wb") as output:
            self.make = subprocess.Popen(
                ["make", "up"],
                cwd=checkout.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **as_user(checkout.user),
            )
        self.began = time.monotonic()

    def ready(self):
        until_true(lambda: self.said("siyu is ready: ") or self.make.poll() is not None, READY_SECONDS)
        assert self.make.poll() is None, self.text
        tell(f"ready after {time.monotonic() - self.began:.1f} s")
        assert self.said(f"siyu is ready: http://localhost:{self.port}/\n"), self.text
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as response:
            assert response.status == 200
        return self

    def answers(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as response:
                return response.status == 200
        except OSError:
            return False

    def ended(self):
        """Wait for the end, see that nothing is left, and return make's exit code."""
        began = time.monotonic()
        code = self.make.wait(timeout=STOP_SECONDS)
        until_true(lambda: not self.processes(), 5)
        tell(f"stopped in {time.monotonic() - began:.1f} s")
        return code

    def stop(self, number=signal.SIGTERM):
        self.make.send_signal(number)
        return self.ended()

    def processes(self):
        """All that runs for this home, the launcher and PostgreSQL's own children too."""
        found = {}
        for process in psutil.process_iter():
            try:
                role, _, home = process.environ().get(leftovers.MARK, "").partition(" ")
            except psutil.Error:
                continue
            if home == str(self.home):
                found[process] = role
        return found

    @property
    def runtime(self):
        return json.loads((self.home / "runtime.json").read_text())

    @property
    def text(self):
        return self.output.read_text("utf-8", "replace")

    def said(self, words):
        return words in self.text


def tell(words):
    """Timings, for whoever watches (`-s`)."""
    sys.stdout.write(f"[{words}] ")
    sys.stdout.flush()


def as_user(user):
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}


def until_true(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def someone():
    """An ordinary user: ourselves, or as root one made for these tests."""
    if not AS_ROOT:
        yield None
        return
    name = f"siyu{os.getpid()}"
    subprocess.run(["useradd", "--create-home", name], check=True)
    yield name
    subprocess.run(["userdel", "--remove", name], check=False, capture_output=True)


@pytest.fixture(scope="module")
def checkout(someone, tmp_path_factory):
    """A clone of the ordinary user's in a folder with a blank and Chinese characters."""
    base = Path(pwd.getpwnam(someone).pw_dir) if someone else tmp_path_factory.mktemp("clone")
    return Checkout(base / "私域 运营" / "siyu 克隆", someone)


@pytest.fixture
def start():
    """Start runs; whatever of them is left is ended."""
    runs = []

    def begin(*arguments, **more):
        runs.append(Run(*arguments, **more))
        return runs[-1]

    yield begin
    for run in runs:
        for process in [psutil.Process(run.make.pid)] if run.make.poll() is None else []:
            for child in [*process.children(recursive=True), process]:
                child.kill()
        leftovers.end(run.processes(), grace_seconds=10)
        run.output.unlink(missing_ok=True)


def test_first_start_stop_and_start_again(checkout, start):
    run = start(checkout, SIYU_DEMO="1").ready()
    assert run.said("owner@lighthouse.example")
    assert checkout.keep("first") == ["first", "first"]
    secret = json.loads((run.home / "secrets.json").read_text())
    lines = [" ".join(process.cmdline()) for process in run.processes()]
    assert len(lines) >= 7
    assert not [line for line in lines if any(word in line for word in secret.values())]
    assert not [log for log in (run.home / "logs").iterdir() if any(w in log.read_text() for w in secret.values())]
    assert run.stop() != 0  # make itself says that it was terminated
    assert not (run.home / "runtime.json").exists()

    again = start(checkout).ready()
    assert checkout.keep() == ["first", "first"]
    os.killpg(again.make.pid, signal.SIGINT)  # Ctrl-C reaches make and what it runs
    again.ended()


def test_commands_need_a_running_home(checkout):
    done = checkout.command(".venv/bin/python", "manage.py", "migrate_brands", PYTHONPATH="")

    assert done.returncode != 0
    assert "make up" in done.stdout


@pytest.mark.parametrize("victims", ["make", "launcher", "launcher and web", "all but PostgreSQL", "all"])
def test_kill_9_loses_nothing(checkout, start, victims):
    run = start(checkout).ready()
    kept = checkout.keep(victims.replace(" ", "-"))
    time.sleep(1.2)  # Valkey writes to disk every second
    old = run.processes()
    doomed = [run.make.pid] if victims == "make" else [run.runtime["launcher"]["pid"]]
    if victims == "launcher and web":
        doomed += [process.pid for process, role in old.items() if role == "web"]
    if victims.startswith("all"):
        doomed += [process.pid for process, role in old.items() if victims == "all" or role != "postgres"]
    for pid in doomed:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:  # it went with the one before it
            continue

    again = start(checkout, port=run.port).ready()

    assert checkout.keep() == kept
    assert not [process for process in old if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    again.stop()


def test_a_second_run_refuses_politely(checkout, start):
    run = start(checkout).ready()
    second = start(checkout)
    assert second.make.wait(timeout=30) != 0
    assert second.said(f"pid {run.runtime['launcher']['pid']}, http://localhost:{run.port}/")

    other = start(checkout, home=".siyu-二", port=run.port)
    assert other.make.wait(timeout=30) != 0
    assert other.said(f"Port {run.port} is taken")
    assert other.said(f"SIYU_PORT={run.port + 1}")

    beside = start(checkout, home=".siyu-二").ready()  # another home and another port
    checkout.keep("beside", home=".siyu-二")
    assert "beside" not in checkout.keep()[0]
    beside.stop()
    run.stop()


@pytest.mark.parametrize("victim", ["web", "worker", "beat"])
def test_a_killed_process_is_started_again(checkout, start, victim):
    run = start(checkout).ready()
    killed = run.runtime["processes"][victim]["pid"]
    os.kill(killed, signal.SIGKILL)

    until_true(lambda: run.runtime["processes"].get(victim, {}).get("pid", killed) != killed, 60)
    until_true(run.answers, 60)
    assert run.said(f"{victim} ended (signal SIGKILL).")
    run.stop()


def test_the_end_of_the_database_ends_all(checkout, start):
    run = start(checkout).ready()
    os.kill(run.runtime["processes"]["postgres"]["pid"], signal.SIGKILL)

    assert run.ended() != 0
    assert run.said("postgres ended (signal SIGKILL). Its last lines:")


def test_make_alone_interrupted_ends_all(checkout, start):
    run = start(checkout).ready()

    assert run.stop(signal.SIGINT) != 0


def test_stopped_while_starting(checkout, start):
    run = start(checkout, home=".siyu-half")
    until_true(lambda: (run.home / "postgres").exists(), 60)
    run.stop()

    start(checkout, home=".siyu-half").ready().stop()


def test_a_home_removed_while_stopped_is_made_anew(checkout, start):
    shutil.rmtree(checkout.folder / ".siyu-half", ignore_errors=True)

    start(checkout, home=".siyu-half").ready().stop()


def test_clean_asks_stops_and_removes(checkout, start):
    run = start(checkout, home=".siyu-half").ready()
    asked = checkout.command("make", "clean", SIYU_HOME=".siyu-half")
    assert asked.returncode != 0
    assert run.make.poll() is None

    done = checkout.command("make", "clean", "YES=1", SIYU_HOME=".siyu-half")

    assert done.returncode == 0, done.stdout
    run.ended()
    assert not run.home.exists()


def test_a_half_made_venv_is_made_anew(checkout, start):
    (checkout.folder / ".venv" / "siyu-stamp.json").unlink()
    shutil.rmtree(next((checkout.folder / ".venv" / "lib").glob("python*/site-packages/django")))

    start(checkout).ready().stop()


def test_the_tests_run_beside_it(checkout, start):
    run = start(checkout).ready()

    done = checkout.command("make", "test", "ARGS=-q tests/embedded/test_home.py", PYTHONPATH="")

    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed", done.stdout)
    run.stop()


MIGRATION = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [({room!r}, {latest!r})]
    operations = [migrations.RunSQL("CREATE TABLE situation_{room} (word text)")]
"""


def test_migrations_of_a_pull_are_run(checkout, start):
    start(checkout).ready().stop()
    for room in ("tenants", "fans"):  # one of the public schema, one of every brand's
        folder = checkout.folder / room / "migrations"
        latest = max(path.stem for path in folder.glob("[0-9]*.py"))
        (folder / "9999_situation.py").write_text(MIGRATION.format(room=room, latest=latest))

    run = start(checkout).ready()

    shown = checkout.command(".venv/bin/python", "-c", TABLES, SIYU_HOME=".siyu", PYTHONPATH=str(checkout.folder))
    tables = shown.stdout.split()
    assert "public.situation_tenants" in tables
    assert [table for table in tables if table.endswith(".situation_fans") and not table.startswith("public.")]
    with urllib.request.urlopen(f"http://127.0.0.1:{run.port}/readyz", timeout=10) as response:
        assert response.status == 200
    run.stop()


def test_services_of_ones_own_are_used(checkout, start):
    """DATABASE_URL and REDIS_URL name them; the ones of this test run serve here."""
    server = psycopg2.connect(os.environ["DATABASE_URL"])
    server.autocommit = True
    server.cursor().execute("CREATE DATABASE situation_own")
    server.close()
    own = {
        "DATABASE_URL": os.environ["DATABASE_URL"].rpartition("/")[0] + "/situation_own",
        "REDIS_URL": os.environ["REDIS_URL"].rpartition("/")[0] + "/1",
    }

    run = start(checkout, home=".siyu-own", **own).ready()

    assert {"web", "worker", "beat"} == set(run.processes().values())
    assert not (run.home / "postgres").exists()
    run.stop()


@needs_root
def test_root_in_a_closed_folder(start):
    folder = Path("/root") / f"siyu-situation-{os.getpid()}"
    mode = Path("/root").stat().st_mode
    Path("/root").chmod(0o700)
    checkout = Checkout(folder)
    try:
        run = start(checkout).ready()
        elsewhere = Path((run.home / "postgres.path").read_text().strip())
        kept = checkout.keep("root")
        for process in run.processes():
            process.kill()
        os.kill(run.runtime["launcher"]["pid"], signal.SIGKILL)
        again = start(checkout).ready()
        assert checkout.keep() == kept
        again.stop()
        assert Path("/root").stat().st_mode & 0o777 == 0o700
        assert checkout.command("make", "clean", "YES=1").returncode == 0
        assert not elsewhere.exists()
    finally:
        Path("/root").chmod(mode & 0o777)
        shutil.rmtree(folder)


@needs_root
def test_root_in_an_open_folder(start, tmp_path_factory):
    base = Path("/var/tmp") / f"siyu-situation-{os.getpid()}"  # noqa: S108  # made and removed here
    try:
        checkout = Checkout(base / "clone")
        run = start(checkout).ready()
        assert checkout.keep("open") == ["open", "open"]
        assert run.stop() != 0
        assert not (run.home / "postgres.path").exists()
    finally:
        shutil.rmtree(base)
