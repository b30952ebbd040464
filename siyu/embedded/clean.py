"""`make clean`: stop what runs in a SIYU_HOME and remove it."""

import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

from siyu.embedded import leftovers
from siyu.embedded.console import Console
from siyu.embedded.home import HomeError, is_running, read_json
from siyu.embedded.run import ENDING_SECONDS, claim, clear_leftovers, remove_home


def clean(home: Path, *, yes: bool) -> int:
    """Ask on standard input unless `yes`, then stop and remove. Returns the exit code; 1 if the answer was no."""
    if not home.exists():
        print(f"siyu: there is no {home}")
        return 0
    if not (home / "lock").exists():
        raise HomeError(f"{home} is no SIYU_HOME (it has no lock file); nothing was removed.")
    if not yes:
        print(
            f"Remove {home} with its database, keys and logs for good? 确定删除全部数据吗? [y/N] ", end="", flush=True
        )
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            print("\nsiyu: nothing was removed")
            return 1
    runtime = read_json(home / "runtime.json")
    if is_running(runtime, home):
        os.kill(runtime["launcher"]["pid"], signal.SIGTERM)
        leftovers.wait_until_dead([runtime["launcher"]], ENDING_SECONDS)
    with ExitStack() as stack:
        claim(home, stack)
        clear_leftovers(home, Console(home / "logs"))
        remove_home(home)
    print(f"siyu: {home} is removed")
    return 0
