"""A pooler in transaction mode is found out (T04). The pooler's own tests run where pgbouncer is installed."""

import shutil
import socket
import subprocess
import time

import pytest
from django.db import connection
from django.test import Client

from siyu.db.pooling import is_transaction_pooled
from tests.factories import inside

needs_pgbouncer = pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="pgbouncer is not installed")


def test_a_plain_server_is_none(db):
    assert not is_transaction_pooled()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def pooled(db, tmp_path, monkeypatch):
    """`pooled(mode)` leads our connections through a pgbouncer in that mode."""
    started = []

    def start(mode: str) -> None:
        place = connection.settings_dict
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = " ".join(
            f"{word}={place[key]}"
            for word, key in [("host", "HOST"), ("port", "PORT"), ("user", "USER"), ("password", "PASSWORD")]
        )
        ini = tmp_path / "pgbouncer.ini"
        ini.write_text(
            f"[databases]\n* = {server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
            f"auth_type = any\npool_mode = {mode}\nuser = nobody\nunix_socket_dir =\n"
        )
        tmp_path.chmod(0o755)
        for folder in tmp_path.parents[:2]:
            folder.chmod(0o755)
        started.append(subprocess.Popen(["pgbouncer", "-q", str(ini)]))
        until = time.monotonic() + 10
        while not listens(port):
            assert time.monotonic() < until, "pgbouncer does not listen"
            time.sleep(0.05)
        monkeypatch.setitem(place, "HOST", "127.0.0.1")
        monkeypatch.setitem(place, "PORT", str(port))

    yield start
    for process in started:
        process.terminate()
        process.wait()


@needs_pgbouncer
def test_transaction_mode_is_found(pooled, acme):
    pooled("transaction")
    assert is_transaction_pooled()
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert "事务级连接池" in response.json()["detail"]


@needs_pgbouncer
def test_session_mode_is_allowed(pooled, acme):
    pooled("session")
    assert not is_transaction_pooled()
    with inside(acme):
        pass
