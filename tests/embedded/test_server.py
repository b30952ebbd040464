"""Dockerfile and docker-compose.yml: no daemon is needed to see that they are whole and that their commands work."""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import yaml

from siyu.embedded import up
from siyu.embedded.home import ROOT, running_settings

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "beat")
SECRETS = (
    "SIYU_SECRET_KEY",
    "SIYU_MASTER_KEY",
    "SIYU_DATABASE_PASSWORD",
    "SIYU_BROKER_PASSWORD",
    "POSTGRES_PASSWORD",
    "SIYU_BASE_DOMAIN",
)


def words(service):
    """The command of one of our services, as a list."""
    command = SERVICES[service]["command"]
    return shlex.split(command) if isinstance(command, str) else command


def test_all_services_are_there_and_heal():
    assert set(SERVICES) == {"postgres", "valkey", *OURS}
    for name, service in SERVICES.items():
        if name != "migrate":  # it runs to its end
            assert "healthcheck" in service, name
            assert service["restart"] == "unless-stopped", name


@pytest.mark.parametrize("name", SECRETS)
def test_nothing_starts_without_its_secrets(name):
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    uses = re.findall(rf"\$\{{{name}[^}}]*\}}", text)

    assert uses
    assert all(use == f"${{{name}:?set {name} in .env}}" for use in uses)


def test_images_name_their_version():
    images = [service["image"] for service in SERVICES.values() if "build" not in service]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)

    assert len(images) == 3
    assert all(re.search(r":\d+\.\d+", image) for image in images)
    assert [image for image in images if image.startswith("postgres:18.")]
    assert [image for image in images if image.startswith("valkey/valkey:9.")]


def test_ours_run_without_privileges_and_after_migrations():
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert dockerfile.index("COPY . .") < dockerfile.index("USER siyu")
    assert "--require-hashes" in dockerfile
    for name in OURS:
        assert SERVICES[name]["user"] == "siyu"
        assert SERVICES[name]["cap_drop"] == ["ALL"]
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_they_run_as_make_up_runs_them(name):
    embedded = up.commands(Path("/srv/home"), 8000, "0.0.0.0")[name]  # noqa: S104  # compared, not listened on

    def plain(command):
        return [word for word in command[1:] if not word.startswith("/")]

    assert plain(embedded) == plain(words(name))


def test_the_role_of_a_server_is_the_role_of_make_up():
    home = Path(os.environ["SIYU_HOME"])
    if running_settings(home).get("DATABASE_URL") != os.environ["DATABASE_URL"]:
        pytest.skip("DATABASE_URL leads to a database that is not ours")
    from siyu.embedded.postgres import client_binaries, connect

    runtime = json.loads((home / "runtime.json").read_text())
    superuser = json.loads((home / "secrets.json").read_text())["database_superuser_password"]
    script = (ROOT / "bootstrap" / "postgres-role.sh").read_text("utf-8")
    script = re.sub(r"(ROLE|DATABASE|OWNER) siyu\b", r"\1 siyu_server", script)
    environment = {
        "PATH": f"{client_binaries()}:/usr/bin:/bin",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(runtime["postgres_port"]),
        "PGPASSWORD": superuser,
        "POSTGRES_USER": "postgres",
        "SIYU_DATABASE_PASSWORD": "letters'and$more",
    }
    subprocess.run(["sh", "-c", script], env=environment, check=True, capture_output=True)

    query = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolconfig FROM pg_roles WHERE rolname = %s"
    with connect("siyu_server", runtime["postgres_port"], "letters'and$more", user="siyu_server") as connection:
        cursor = connection.cursor()
        cursor.execute(query, ["siyu_server"])
        server = cursor.fetchone()
        cursor.execute(query, ["siyu"])
        assert server == cursor.fetchone()
    connection.close()


@pytest.fixture
def running():
    """Start the command of a service on this machine; whatever runs at the end is killed."""
    started = []

    def start(name, tmp_path, *, port):
        here = {"python": sys.executable, "0.0.0.0:8000": f"127.0.0.1:{port}", "/var/lib/siyu/beat": f"{tmp_path}/beat"}
        output = (tmp_path / f"{name}.out").open("wb")
        process = subprocess.Popen(
            [here.get(word, word) for word in words(name)],
            cwd=ROOT,
            env=os.environ | {"SIYU_HTTPS": "0", "SIYU_PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        output.close()
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, 9)
            process.wait()


def wait_until(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what()
        time.sleep(0.1)


def test_the_commands_come_up(running, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def said(name):
        return (tmp_path / f"{name}.out").read_text("utf-8", "replace")

    migrate = running("migrate", tmp_path, port=port)
    assert migrate.wait(timeout=120) == 0, said("migrate")
    processes = {name: running(name, tmp_path, port=port) for name in ("web", "worker", "beat")}
    try:
        wait_until(lambda: up.answers(f"http://127.0.0.1:{port}/healthz"), lambda: said("web"))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as response:
            assert response.status == 200
        wait_until(lambda: re.search(r"siyu@\S+ ready", said("worker")), lambda: said("worker"))
        wait_until(lambda: list(tmp_path.glob("beat*")), lambda: said("beat"))
        assert {name: process.poll() for name, process in processes.items()} == dict.fromkeys(processes)
    finally:
        for process in processes.values():
            process.terminate()
    for name, process in processes.items():
        assert process.wait(timeout=30) == 0, said(name)
