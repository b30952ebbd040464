"""Start child processes, relay their lines, start again what ends though it should run, stop them in order."""

import contextlib
import os
import pwd
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from siyu.embedded import leftovers
from siyu.embedded.births import birth, myself
from siyu.embedded.console import Console
from siyu.embedded.home import ROOT, write_json

LAST_LINES = 20
POLL_SECONDS = 0.1
ONE_CTRL_C_SECONDS = 1.0
RESTARTS = 5  # this many ends of one process within RESTART_SECONDS are a fault to be seen, not to be repeated
RESTART_SECONDS = 60.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """A person or the system asked for the end of the run."""


class ChildFailed(Exception):
    """A child ended though it should run, or did not come up; the text says which and how."""


class Child:
    """One process and the thread that reads its lines. In a session of its own: Ctrl-C reaches the launcher only."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        environment: Mapping[str, str],
        console: Console,
        user: str | None,
        stop_signal: int,
        grace_seconds: float,
        output: IO[bytes] | None,
    ) -> None:
        self.name, self.stop_signal, self.grace_seconds = name, stop_signal, grace_seconds
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        as_user: dict[str, Any] = {"user": user, "group": group_of(user), "extra_groups": []} if user else {}
        self.process = subprocess.Popen(
            list(argv),
            cwd="/" if user else ROOT,  # another user may not be able to enter the checkout
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output or subprocess.PIPE,
            stderr=subprocess.PIPE if output else subprocess.STDOUT,
            start_new_session=True,
            **as_user,
        )
        self.record = {"pid": self.process.pid, "birth": birth(self.process.pid)}
        self.start_again: Callable[[], Child] | None = None
        self.ends: deque[float] = deque(maxlen=RESTARTS)  # when it and those it took the place of ended
        self._reader = threading.Thread(target=self._read, args=(console,), daemon=True)
        self._reader.start()

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def how_it_ended(self) -> str:
        self._reader.join(timeout=1)  # its last words are the ones that matter
        code = self.process.returncode
        how = f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit code {code}"
        lines = "\n".join(f"    {line.lstrip()}" for line in self.last_lines)
        return f"{self.name} ended ({how}). Its last lines:\n{lines}" if lines else f"{self.name} ended ({how})."

    def stop(self, *, hurried: Callable[[], bool]) -> None:
        """Ask it to end, wait its grace, then end its whole session by force."""
        if not self.ended:
            self._send(self.stop_signal)
            until = time.monotonic() + self.grace_seconds
            while not self.ended and time.monotonic() < until and not hurried():
                time.sleep(POLL_SECONDS / 2)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)  # what is left of its session, grandchildren too
        self.process.wait()
        self._reader.join(timeout=2)

    def _send(self, number: int) -> None:
        try:
            self.process.send_signal(number)
        except ProcessLookupError:
            return

    def _read(self, console: Console) -> None:
        for raw in self.process.stdout or self.process.stderr or ():
            text = raw.decode("utf-8", "replace").rstrip()
            if text:
                self.last_lines.append(text)
                console.line(self.name, text)


class Supervisor:
    """All that one run starts, in the order it was started; `stop_all` goes the other way."""

    def __init__(self, home: Path, console: Console) -> None:
        self.home, self.console = home, console
        self.children: list[Child] = []
        self.runtime: dict[str, Any] = {
            "home": str(home),
            "launcher": myself(),
            "processes": {},
        }
        self._asked_at: float | None = None
        self._hurried = False
        self._maker = _maker()

    def listen(self) -> None:
        """From now on SIGINT, SIGTERM and SIGHUP end the run. A SIGHUP that nohup ignores stays ignored."""
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN or number != signal.SIGHUP:
                signal.signal(number, self._on_signal)

    def publish(self, **facts: Any) -> None:
        """Write down what runs, for the next start and for commands beside this run."""
        self.runtime |= facts
        self.runtime["processes"] = {child.name: child.record for child in self.children}
        write_json(self.home / "runtime.json", self.runtime)

    def start(
        self,
        name: str,
        argv: Sequence[str],
        environment: Mapping[str, str],
        *,
        user: str | None = None,
        stop_signal: int = signal.SIGTERM,
        grace_seconds: float = 15.0,
        output: IO[bytes] | None = None,
    ) -> Child:
        """Start a process that should live as long as the run. With `output`, only its errors are relayed."""
        environment = {**environment, **leftovers.mark(name, self.home)}
        child = Child(name, argv, environment, self.console, user, stop_signal, grace_seconds, output)
        child.start_again = lambda: self.start(
            name, argv, environment, user=user, stop_signal=stop_signal, grace_seconds=grace_seconds, output=output
        )
        self.children.append(child)
        self.publish()
        return child

    def stay(self, restarted: Collection[str]) -> None:
        """Until asked to stop (raises Stopped); of the children named, one that ends is started again.

        Raises ChildFailed when another child ends, or when one of them ends for the RESTARTSth time in a minute.
        """
        while True:
            try:
                self.wait_for(lambda: False)
            except ChildFailed:
                ended = [child for child in self.children if child.ended]
                if any(child.name not in restarted for child in ended):
                    raise
                for child in ended:
                    self._replace(child)

    def _replace(self, child: Child) -> None:
        now = time.monotonic()
        child.ends.append(now)
        if len(child.ends) == RESTARTS and now - child.ends[0] < RESTART_SECONDS:
            raise ChildFailed(child.how_it_ended())
        self.console.say(child.how_it_ended())
        self.console.say(f"starting {child.name} again / 正在重启 {child.name} …")
        child.stop(hurried=lambda: True)  # what is left of its session
        self.children.remove(child)
        if child.start_again:
            child.start_again().ends = child.ends

    def run(
        self, name: str, argv: Sequence[str], environment: Mapping[str, str], *, output: IO[bytes] | None = None
    ) -> None:
        """Run a command to its end. Raises ChildFailed if its exit code is not 0."""
        child = self.start(name, argv, environment, output=output)
        self.wait_for(lambda: child.ended, also_ends=child)
        self.children.remove(child)
        self.publish()
        if child.process.returncode != 0:
            raise ChildFailed(child.how_it_ended())
        child.stop(hurried=lambda: True)  # reads its last lines

    def wait_for(
        self,
        ready: Callable[[], bool],
        *,
        seconds: float | None = None,
        what: str = "",
        also_ends: Child | None = None,
    ) -> None:
        """Poll until `ready`. Raises Stopped, or ChildFailed if a child (but `also_ends`) ends or time runs out."""
        until = None if seconds is None else time.monotonic() + seconds
        while not ready():
            if self._asked_at is not None or _maker() != self._maker:
                raise Stopped
            for child in self.children:
                if child is not also_ends and child.ended:
                    raise ChildFailed(child.how_it_ended())
            if until is not None and time.monotonic() > until:
                raise ChildFailed(f"{what} after {seconds:.0f} s.")
            time.sleep(POLL_SECONDS)

    def stop_all(self) -> None:
        """Stop what was started: web, worker and beat together, then Valkey, then PostgreSQL."""
        services = [child for child in self.children if child.name in leftovers.LAST]
        together = [child for child in reversed(self.children) if child not in services]
        stoppers = [
            threading.Thread(target=child.stop, kwargs={"hurried": lambda: self._hurried}) for child in together
        ]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join()
        for service in sorted(services, key=lambda child: leftovers.LAST.index(child.name)):
            service.stop(hurried=lambda: False)  # short enough, and what they hold should be written out
        self.children.clear()

    def _on_signal(self, number: int, _frame: object) -> None:
        """Stop; a second Ctrl-C stops waiting for requests and tasks. One Ctrl-C may arrive twice, by make as well."""
        now = time.monotonic()
        if self._asked_at is None:
            self._asked_at = now
        elif number == signal.SIGINT and now - self._asked_at > ONE_CTRL_C_SECONDS:
            self._hurried = True


def group_of(user: str) -> int:
    """The number of the user's own group."""
    return pwd.getpwnam(user).pw_gid


def _maker() -> tuple[int, bool]:
    """The `make` that started this run, and whether it still listens to Ctrl-C.

    A make that is killed leaves its children running, and one that gets SIGINT alone (not from a terminal, which sends
    it to all) waits for them without a word to them. Both mean that the run should end; the second shows only in the
    signals that make still catches. (0, True) where make did not start us.
    """
    if "MAKELEVEL" not in os.environ:
        return 0, True
    parent = os.getppid()
    try:
        status = Path(f"/proc/{parent}/status").read_text("utf-8", "replace")
    except OSError:  # no /proc on this system; the first of the two still shows
        return parent, True
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return parent, bool(caught >> (signal.SIGINT - 1) & 1)
