"""`python -m siyu.embedded exec -- COMMAND`: a command with a PostgreSQL and a Valkey of its own."""

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

from siyu.embedded.console import Console
from siyu.embedded.home import make_home
from siyu.embedded.run import start_services, supervised, temporary_home
from siyu.embedded.supervisor import ChildFailed, Stopped, Supervisor


def execute(command: list[str], home: Path | None) -> int:
    """Run the command with DATABASE_URL, REDIS_URL and the secrets set; return its exit code (128 + signal).

    Without a home, one in the temporary folder is used and removed, and nothing waits for the disk. Services that the
    environment names already are used as they are.
    """
    with ExitStack() as stack:
        lasting = home is not None
        home = home or stack.enter_context(temporary_home())
        make_home(home)
        console = Console(home / "logs", quiet=("siyu", "postgres", "valkey"))
        stack.callback(console.close)
        supervisor = stack.enter_context(supervised(home, console))
        try:
            environment = {**os.environ, **start_services(supervisor, dict(os.environ), lasting=lasting)}
            return attend(supervisor, command, environment)
        except Stopped:
            return 130
        except ChildFailed as failure:
            console.plain(f"siyu: {failure}")
            return 1


def attend(supervisor: Supervisor, command: list[str], environment: dict[str, str]) -> int:
    """Run the command in this terminal, as a shell would, until it ends or the services do."""
    process = subprocess.Popen(command, env=environment)
    try:
        supervisor.wait_for(lambda: process.poll() is not None)
    except BaseException:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
        raise
    code = process.wait()
    return 128 - code if code < 0 else code
