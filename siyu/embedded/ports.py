"""Ports on this machine."""

import socket
from pathlib import Path

from siyu.embedded.home import read_json


def is_free(port: int, address: str = "127.0.0.1") -> bool:
    """True if a server could listen there now."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        # As servers do: connections of an earlier one that are still closing do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that was free a moment ago; whoever uses it has to try again if it is not any more."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def remembered_port(home: Path, service: str) -> int:
    """The port this service had the last time, if it is free; else a free one."""
    last = read_json(home / "ports.json").get(service)
    return last if isinstance(last, int) and is_free(last) else free_port()
