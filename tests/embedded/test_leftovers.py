"""Ending what a killed run left, and nothing else."""

import os
import subprocess
import sys

import psutil
import pytest

from siyu.embedded import leftovers
from siyu.embedded.births import birth
from siyu.embedded.home import make_home, write_json


@pytest.fixture
def home(tmp_path):
    make_home(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def spawn():
    """Start processes that wait for a line; whatever is left of them is killed at the end."""
    started = []

    def start(code="input()", **environment):
        process = subprocess.Popen(
            [sys.executable, "-c", f"print(flush=True); {code}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **environment},
        )
        process.stdout.readline()  # its interpreter is up, so its environment shows
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def record(home, role, pid, born, of_home=None):
    runtime = {"home": str(of_home or home), "processes": {role: {"pid": pid, "birth": born}}}
    write_json(home / "runtime.json", runtime)


def pids(found):
    return {process.pid: role for process, role in found.items()}


def test_a_recorded_process_is_found(home, spawn):
    process = spawn()
    record(home, "web", process.pid, birth(process.pid))

    assert pids(leftovers.find(home)) == {process.pid: "web"}


def test_a_stranger_with_a_recycled_number_is_not(home, spawn):
    stranger = spawn()
    record(home, "web", stranger.pid, "boot:1")

    assert leftovers.find(home) == {}


def test_the_record_of_a_copied_home_is_not_believed(home, tmp_path, spawn):
    original = spawn()
    record(home, "web", original.pid, birth(original.pid), of_home=tmp_path / "original")

    assert leftovers.find(home) == {}


def test_a_marked_process_is_found_without_a_record(home, spawn):
    orphan = spawn(**leftovers.mark("worker", home))

    assert pids(leftovers.find(home)) == {orphan.pid: "worker"}


def test_the_mark_of_another_home_is_not_ours(home, tmp_path, spawn):
    spawn(**leftovers.mark("worker", tmp_path / "home2"))

    assert leftovers.find(home) == {}


def test_we_never_find_ourselves(home, monkeypatch):
    # A command started from within a run carries the run's mark; so may whoever started it.
    code = f"from siyu.embedded import leftovers; from pathlib import Path; print(leftovers.find(Path({str(home)!r})))"
    environment = {**os.environ, **leftovers.mark("web", home)}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "{}"


def test_ending_is_by_force_where_asking_does_not_help(home, spawn):
    stubborn = spawn("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); input()")
    stubborn.stdout.readline()

    leftovers.end({psutil.Process(stubborn.pid): "web"}, grace_seconds=0.2)

    assert stubborn.wait(timeout=5) == -9


def test_services_end_after_what_uses_them(home, spawn, tmp_path):
    order = tmp_path / "order"
    code = (
        "import os, pathlib, signal\n"
        "def stop(number, frame):\n"
        f"    with open({str(order)!r}, 'a') as file: file.write(os.environ['ROLE'] + ' ')\n"
        "    os._exit(0)\n"
        "for number in (signal.SIGTERM, signal.SIGINT): signal.signal(number, stop)\n"
        "print(flush=True)\n"
        "while True: signal.pause()"
    )
    processes = {role: spawn(f"exec({code!r})", ROLE=role) for role in ("postgres", "web", "valkey")}
    for process in processes.values():
        process.stdout.readline()

    leftovers.end({psutil.Process(process.pid): role for role, process in processes.items()}, grace_seconds=5)

    assert order.read_text().split() == ["web", "valkey", "postgres"]


def test_a_postmaster_is_known_by_its_data_folder(home, spawn):
    data = home / "postgres" / "data"
    data.mkdir(parents=True)
    assert leftovers.postmaster(data) is None
    stranger = spawn()
    (data / "postmaster.pid").write_text(f"{stranger.pid}\n{data}\n")
    assert leftovers.postmaster(data) is None  # the number was recycled

    waits = "print(flush=True); input()"
    command = [sys.executable, "-c", waits, "-D", str(data)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    server.stdout.readline()  # while a program is being loaded, its command is empty for a moment
    (data / "postmaster.pid").write_text(f"{server.pid}\n{data}\n")
    found = leftovers.postmaster(data, program=os.path.basename(sys.executable))  # noqa: PTH119  # no path object here
    assert found is not None
    assert found.pid == server.pid
    server.communicate(b"\n")
