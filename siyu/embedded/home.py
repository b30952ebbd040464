"""A SIYU_HOME: where it lies, its secrets, what runs in it. Standard library only, since settings import it.

secrets.json    generated once, 0600
runtime.json    what runs now: processes, ports, URL; 0600, removed at the end of a run
ports.json      the ports used last, kept so that they stay the same
lock            held (flock) by the launcher for as long as it lives
postgres/       PostgreSQL's data and, where needed, a copy of its binaries; elsewhere if `postgres.path` says so
valkey/ beat/ logs/
"""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from siyu.embedded.births import is_alive

ROOT = Path(__file__).resolve().parent.parent.parent
PROVIDED = (
    "DATABASE_URL",
    "REDIS_URL",
    "SIYU_SECRET_KEY",
    "SIYU_MASTER_KEY",
    "SIYU_PORT",
)


class HomeError(Exception):
    """Something about a SIYU_HOME that a person has to settle; the text says what to do."""


def home_path() -> Path:
    """The SIYU_HOME in force, absolute. A relative one counts from the repository, whatever the current folder."""
    return (ROOT / (os.environ.get("SIYU_HOME") or ".siyu")).resolve()


def environment() -> dict[str, str]:
    """What the SIYU_HOME in force provides of PROVIDED and the process environment does not.

    Secrets come from any home that was started once; the URLs and the port only while its services run, so that a
    command that needs them says so instead of connecting to nowhere. {} where there is no home.
    """
    missing = [name for name in PROVIDED if not os.environ.get(name)]
    home = home_path()
    if not missing or not home.is_dir():
        return {}
    found = {**secret_settings(home), **running_settings(home)}
    return {name: found[name] for name in missing if name in found}


# -- Files ------------------------------------------------------------------------------------------------------------


def make_home(home: Path) -> None:
    """Make the folder, for its owner only. Raises HomeError where another user's run has made it."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise HomeError(f"SIYU_HOME cannot be made: {error}") from error
    owner = home.stat().st_uid
    if (home / "secrets.json").exists() and owner != os.geteuid():
        raise HomeError(f"{home} was made by user id {owner}; run as that user, or set another SIYU_HOME.")
    if not os.access(home, os.W_OK | os.X_OK):
        raise HomeError(f"{home} cannot be written to; set another SIYU_HOME.")


def read_json(path: Path) -> dict[str, Any]:
    """The object in the file; {} if there is none, or it is not whole."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write the file whole or not at all, readable by its owner only."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        "w",
        encoding="utf-8",
    ) as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def load_secrets(home: Path) -> dict[str, str]:
    """The home's secrets, generated if they are not there yet.

    Raises HomeError where the file is there but cannot be read: a new master key would make every phone unreadable.
    """
    path = home / "secrets.json"
    known = read_json(path)
    if path.exists() and not known:
        raise HomeError(f"{path} cannot be read. Restore it from a backup; without it phones cannot be decrypted.")
    made = {
        "secret_key": secrets.token_urlsafe(50),
        "master_key": base64.b64encode(secrets.token_bytes(32)).decode(),
        "database_password": secrets.token_urlsafe(24),
        "database_superuser_password": secrets.token_urlsafe(24),
        "broker_password": secrets.token_urlsafe(24),
    }
    if not made.keys() <= known.keys():
        known = made | known
        write_json(path, known)
    return known


# -- What the home gives to commands ----------------------------------------------------------------------------------


def database_url(password: str, port: int) -> str:
    return f"postgresql://siyu:{quote(password, safe='')}@127.0.0.1:{port}/siyu"


def redis_url(password: str, port: int) -> str:
    return f"redis://:{quote(password, safe='')}@127.0.0.1:{port}/0"


def secret_settings(home: Path) -> dict[str, str]:
    """The settings kept in secrets.json; {} where there is none."""
    known = read_json(home / "secrets.json")
    names = {"SIYU_SECRET_KEY": "secret_key", "SIYU_MASTER_KEY": "master_key"}
    return {setting: known[key] for setting, key in names.items() if key in known}


def running_settings(home: Path) -> dict[str, str]:
    """URLs of the services that run now, and the web port; {} if nothing runs."""
    runtime, known = read_json(home / "runtime.json"), read_json(home / "secrets.json")
    if not is_running(runtime, home):
        return {}
    settings = {}
    if runtime.get("web_port"):
        settings["SIYU_PORT"] = str(runtime["web_port"])
    if runtime.get("postgres_port") and "database_password" in known:
        settings["DATABASE_URL"] = database_url(known["database_password"], runtime["postgres_port"])
    if runtime.get("valkey_port") and "broker_password" in known:
        settings["REDIS_URL"] = redis_url(known["broker_password"], runtime["valkey_port"])
    return settings


# -- Who runs in it ---------------------------------------------------------------------------------------------------


def is_running(runtime: dict[str, Any], home: Path) -> bool:
    """True if the launcher that wrote this record lives. A record in a copied or moved home says nothing."""
    launcher = runtime.get("launcher", {})
    return runtime.get("home") == str(home) and is_alive(launcher.get("pid"), launcher.get("birth"))


def try_claim(home: Path) -> int | None:
    """Claim the home for this process: a descriptor to keep open, or None, without waiting, where another has it.

    The kernel lets the claim go with the process, however it ends; children do not inherit it.
    """
    descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


@contextmanager
def claimed(home: Path) -> Iterator[bool]:
    """The same for a block; False where another process has it."""
    descriptor = try_claim(home)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)
