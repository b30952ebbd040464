"""Tell a process from a later one with the same number: by its birth. Standard library only.

A process number is given out anew after a while. The number together with the boot and the instant of start is not.
"""

import os
import subprocess
from pathlib import Path

PROC = Path("/proc")


def birth(pid: int) -> str | None:
    """An opaque mark of when this process was started; None if there is none, or it has ended already (a zombie)."""
    if (PROC / "self" / "stat").exists():
        return _birth_on_linux(pid)
    said = subprocess.run(
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C"},
    )
    state, _, started = said.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


def _birth_on_linux(pid: int) -> str | None:
    try:
        # The name, in brackets, may itself hold blanks and brackets; the fields that count come after the last one.
        fields = (PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        boot = (PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return None
    state, started_ticks = fields[0], fields[19]
    return None if state in "ZX" else f"{boot}:{started_ticks}"


def is_alive(pid: int | None, born: str | None) -> bool:
    """True if the process with this number is the one that was born then."""
    return bool(pid) and bool(born) and birth(int(pid or 0)) == born


def myself() -> dict[str, int | str | None]:
    """This process as a record for runtime.json."""
    return {"pid": os.getpid(), "birth": birth(os.getpid())}
