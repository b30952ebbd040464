"""What an earlier run of a SIYU_HOME left behind after `kill -9`: find it, and end nothing else."""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

from siyu.embedded.births import birth, is_alive
from siyu.embedded.home import read_json

MARK = "SIYU_EMBEDDED_RUN"  # in the environment of all we start: "<role> <home>"
STOP_SIGNALS = {"postgres": signal.SIGINT}  # fast shutdown: ends sessions, writes all out
LAST = ("valkey", "postgres")  # what the others use is ended after them
GRACE_SECONDS = 15.0


def mark(role: str, home: Path) -> dict[str, str]:
    return {MARK: f"{role} {home}"}


def find(home: Path) -> dict[psutil.Process, str]:
    """Processes of earlier runs of this home, with their roles.

    A recorded process counts only if its birth fits too, so that a stranger with a recycled number is never touched.
    Beside the record, every process that carries this home's mark counts: nobody gets it but what was started for it.
    """
    found: dict[psutil.Process, str] = {}
    recorded = read_json(home / "runtime.json")
    if recorded.get("home") == str(home):
        for role, process in recorded.get("processes", {}).items():
            _add(found, role, process)
    ourselves = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter():
        role, _, of_home = _mark_of(process).partition(" ")
        if of_home == str(home) and process.pid not in ourselves:
            found.setdefault(process, role)
    return found


def end(processes: dict[psutil.Process, str], grace_seconds: float = GRACE_SECONDS) -> None:
    """End them: web, worker and beat first, then the services they use; by force where asking does not help."""
    first = [(process, role) for process, role in processes.items() if role not in LAST]
    for group in (
        first,
        *([(p, r) for p, r in processes.items() if r == last] for last in LAST),
    ):
        pids = {process.pid for process, _ in group}
        for process, role in group:
            if _parent_of(process) not in pids:  # a main process ends its own children, after their work in hand
                _signal(process, STOP_SIGNALS.get(role, signal.SIGTERM))
        for process in _still_alive(group, grace_seconds):
            _signal(process, signal.SIGKILL)
        _still_alive(group, grace_seconds)


def postmaster(data: Path, program: str = "postgres") -> psutil.Process | None:
    """The PostgreSQL that serves this data folder by its own `postmaster.pid`, whoever started it; None if none."""
    try:
        pid = int((data / "postmaster.pid").read_text("utf-8").split("\n", 1)[0])
        process = psutil.Process(pid)
        command = process.cmdline()
    except (OSError, ValueError, psutil.Error):
        return None
    serves = bool(command) and Path(command[0]).name == program and str(data) in command
    return process if serves else None


def wait_until_dead(pids: Iterable[dict[str, Any]], seconds: float) -> bool:
    """Wait for recorded processes to end. False if one of them still lives after so many seconds."""
    until = time.monotonic() + seconds
    while any(is_alive(process.get("pid"), process.get("birth")) for process in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def _add(found: dict[psutil.Process, str], role: str, record: dict[str, Any]) -> None:
    if is_alive(record.get("pid"), record.get("birth")):
        try:
            process = psutil.Process(record["pid"])
        except psutil.Error:
            return
        if birth(process.pid) == record["birth"]:
            found[process] = role


def _mark_of(process: psutil.Process) -> str:
    try:
        return process.environ().get(MARK, "")
    except (psutil.Error, OSError):  # another user's, or gone meanwhile
        return ""


def _still_alive(group: list[tuple[psutil.Process, str]], seconds: float) -> list[psutil.Process]:
    """Wait for them to end; those that did not in so many seconds. A zombie has ended (init may be slow)."""
    until = time.monotonic() + seconds
    while True:
        alive = [process for process, _ in group if _is_alive(process)]
        if not alive or time.monotonic() > until:
            return alive
        time.sleep(0.05)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _parent_of(process: psutil.Process) -> int:
    try:
        return process.ppid()
    except psutil.Error:
        return 0


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)  # psutil refuses if the number has been recycled since
    except psutil.Error:
        return
