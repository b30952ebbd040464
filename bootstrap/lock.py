"""Write the lock files from pyproject.toml: `.venv/bin/python bootstrap/lock.py [--check] [--upgrade]`.

A lock holds exact versions and hashes for every platform and no address, so any mirror can serve it. The development
lock is made under the runtime one, so both agree wherever they overlap.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from install import LOCKS, PIP_WHEEL, ROOT  # bootstrap/install.py: a script's own folder comes first on the path

UV = "uv==0.13.9"
HEADER = "# Made by `make lock` from pyproject.toml: exact versions and hashes, no index address.\n"
COMPILE = "pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header"


def write_locks(*, upgrade: bool) -> int:
    """Resolve anew; versions stay where pyproject.toml allows, unless `upgrade`. Returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, str(PIP_WHEEL / "pip"), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--target", folder, UV], check=True)
        for name, lock in LOCKS.items():
            command = [str(Path(folder, "bin", "uv")), *COMPILE.split(), "pyproject.toml", "-o", lock.name]
            if name == "dev":
                command += ["--extra", "dev", "-c", LOCKS["runtime"].name]
            if upgrade:
                command += ["--upgrade"]
            done = subprocess.run(command, cwd=ROOT, check=False)
            if done.returncode:
                return done.returncode
            lock.write_text(HEADER + lock.read_text("utf-8"), "utf-8")
    return check_locks()


def check_locks() -> int:
    """Say what is wrong with the lock files. Returns the exit code."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {"runtime": project["dependencies"]}
    wanted["dev"] = wanted["runtime"] + project["optional-dependencies"]["dev"]
    wrong = [f"{LOCKS[name].name}: {fault}" for name in LOCKS for fault in faults(LOCKS[name], wanted[name])]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def faults(lock: Path, wanted: list[str]) -> list[str]:
    """What a lock must not be: without exact versions, without hashes, with an address, behind pyproject.toml."""
    text = lock.read_text("utf-8")
    found = []
    if re.search(r"://|--(extra-)?index-url|--find-links", text):
        found.append("names an address")
    pinned = set()
    for block in re.split(r"\n(?=[A-Za-z0-9])", text):
        first = block.partition("\n")[0]
        if first.startswith("#") or not first.strip():
            continue
        exact = re.match(r"([A-Za-z0-9._-]+)(\[[^]]*\])?==[^ ;]+", first)
        if exact is None:
            found.append(f"not an exact version: {first}")
            continue
        pinned.add(normal(exact[1]))
        if "--hash=sha256:" not in block:
            found.append(f"no hash: {exact[1]}")
    found += [f"lacks {name}; run `make lock`" for name in map(bare_name, wanted) if name not in pinned]
    return found


def bare_name(requirement: str) -> str:
    """'celery' of 'celery[redis]>=5.7'."""
    return normal(re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0])


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(check_locks() if "--check" in sys.argv[1:] else write_locks(upgrade="--upgrade" in sys.argv[1:]))
