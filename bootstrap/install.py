"""Make `.venv` and install the locked dependencies: `python3 bootstrap/install.py [--dev]`.

Needs Python 3.11 with its standard library and nothing else: Debian's python3 has neither ensurepip nor pip, so pip is
run straight from the wheel beside this file, on every machine alike. A no-op where the lock is installed already.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

BOOTSTRAP = Path(__file__).resolve().parent
ROOT = BOOTSTRAP.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "siyu-stamp.json"
PIP_WHEEL = BOOTSTRAP / "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
LOCKS = {"runtime": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
OLDEST_PYTHON = (3, 11)


def sha256(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_stamp() -> dict[str, str]:
    """What the venv was made from; {} if it was never finished."""
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def python_of_venv() -> str:
    """'3.12' as the venv's interpreter says itself; '' if it does not run (its base Python was moved or removed)."""
    if not PYTHON.exists():
        return ""
    command = [str(PYTHON), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    return said.stdout.strip() if said.returncode == 0 else ""


def is_installed(which: str, stamp: dict[str, str]) -> bool:
    """True where the stamp says that this lock, as it is now, is in the venv. The dev lock holds the runtime one."""
    if stamp.get(which) == sha256(LOCKS[which]):
        return True
    return which == "runtime" and stamp.get("dev") == sha256(LOCKS["dev"])


def make_venv() -> None:
    """A fresh venv without pip, in place of whatever was there."""
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    venv.create(VENV, symlinks=True, with_pip=False)


def install(lock: Path) -> int:
    """Install exactly the lock's wheels, each checked against its hash. Returns pip's exit code."""
    if sha256(PIP_WHEEL) != PIP_SHA256:
        sys.exit(
            f"{PIP_WHEEL.name} is not the file this repository was made with (SHA-256 differs). Check it out anew."
        )
    options = "--quiet --quiet --no-input --disable-pip-version-check --no-compile --no-deps --require-hashes"
    command = [
        str(PYTHON),
        str(PIP_WHEEL / "pip"),
        "install",
        *options.split(),
        "--only-binary",
        ":all:",
        "-r",
        str(lock),
    ]
    return subprocess.run(command, env={**os.environ, "PIP_USER": "0"}, cwd=ROOT, check=False).returncode


def main(which: str) -> int:
    """Bring the venv to the lock `which` ("runtime" or "dev"). Returns the exit code."""
    if sys.version_info < OLDEST_PYTHON:
        have, need = sys.version.split()[0], ".".join(map(str, OLDEST_PYTHON))
        print(f"siyu needs Python {need} or newer; {sys.executable} is {have}. 请先安装 Python {need}。")
        print("Another one can be named: make up PYTHON=python3.12")
        return 1
    # Two commands may start at once; this file itself is the lock, so that nothing has to be made for it.
    with Path(__file__).open() as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        stamp, version = read_stamp(), python_of_venv()
        whole = bool(version) and stamp.get("python") == version
        if whole and is_installed(which, stamp):
            return 0
        began = time.monotonic()
        print(
            f"siyu: installing the {which} dependencies into .venv (minutes, if the network is slow) / 正在安装依赖 …"
        )
        sys.stdout.flush()
        if not whole:
            make_venv()
        STAMP.unlink(missing_ok=True)
        failed = install(LOCKS[which])
        if failed:
            print("siyu: the dependencies could not be installed; see pip's words above, then run the command again.")
            return failed
        fresh = {"python": python_of_venv(), which: sha256(LOCKS[which])}
        STAMP.write_text(json.dumps(fresh), "utf-8")
        print(f"siyu: dependencies installed in {time.monotonic() - began:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main("dev" if "--dev" in sys.argv[1:] else "runtime"))
