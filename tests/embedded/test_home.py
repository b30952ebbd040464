"""A SIYU_HOME: its files, its secrets, who runs in it."""

import base64
import os
import subprocess
import sys

import pytest

from siyu.embedded import home as homes
from siyu.embedded.births import birth, is_alive, myself


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "私域 home"
    homes.make_home(folder)
    monkeypatch.setenv("SIYU_HOME", str(folder))
    for name in homes.PROVIDED:
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def stranger():
    """A process that is none of ours."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def record_run(home, launcher, **facts):
    homes.write_json(home / "runtime.json", {"home": str(home), "launcher": launcher, **facts})


def test_secrets_are_made_once_and_are_for_the_owner_only(home):
    first = homes.load_secrets(home)

    assert homes.load_secrets(home) == first
    assert len(base64.b64decode(first["master_key"])) == 32
    assert (home / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o077 == 0


def test_unreadable_secrets_are_never_replaced(home):
    (home / "secrets.json").write_text('{"master_key": "abc')

    with pytest.raises(homes.HomeError, match="backup"):
        homes.load_secrets(home)
    assert (home / "secrets.json").read_text() == '{"master_key": "abc'


def test_secrets_of_an_older_version_are_completed_and_kept(home):
    homes.write_json(home / "secrets.json", {"master_key": "kept"})

    assert homes.load_secrets(home)["master_key"] == "kept"
    assert homes.load_secrets(home)["broker_password"]


def test_no_home_provides_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("SIYU_HOME", str(tmp_path / "nowhere"))
    for name in homes.PROVIDED:
        monkeypatch.delenv(name, raising=False)

    assert homes.environment() == {}
    assert not (tmp_path / "nowhere").exists()


def test_a_stopped_home_provides_secrets_but_no_addresses(home):
    homes.load_secrets(home)

    assert set(homes.environment()) == {"SIYU_SECRET_KEY", "SIYU_MASTER_KEY"}


def test_a_running_home_provides_everything(home):
    homes.load_secrets(home)
    record_run(home, myself(), postgres_port=5433, valkey_port=6380, web_port=8123)

    found = homes.environment()

    assert set(found) == set(homes.PROVIDED)
    assert found["SIYU_PORT"] == "8123"
    assert "@127.0.0.1:5433/siyu" in found["DATABASE_URL"]


def test_the_environment_comes_first(home, monkeypatch):
    homes.load_secrets(home)
    record_run(home, myself(), postgres_port=5433, valkey_port=6380)
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/siyu")

    assert "DATABASE_URL" not in homes.environment()
    assert "REDIS_URL" in homes.environment()


def test_services_that_the_run_did_not_start_are_not_invented(home):
    homes.load_secrets(home)
    record_run(home, myself(), valkey_port=6380)  # that run had a DATABASE_URL of its own

    assert "DATABASE_URL" not in homes.environment()


def test_a_recycled_number_does_not_count_as_running(home, stranger):
    homes.load_secrets(home)
    record_run(home, {"pid": stranger.pid, "birth": "another boot:1"}, postgres_port=5433)

    assert "DATABASE_URL" not in homes.environment()


def test_a_copied_home_does_not_count_as_running(home, tmp_path, monkeypatch):
    homes.load_secrets(home)
    record_run(home, myself(), postgres_port=5433)
    copy = tmp_path / "copy"
    home.rename(copy)
    monkeypatch.setenv("SIYU_HOME", str(copy))

    assert "DATABASE_URL" not in homes.environment()


def test_a_relative_home_counts_from_the_repository(monkeypatch, tmp_path):
    monkeypatch.setenv("SIYU_HOME", ".siyu-2")
    monkeypatch.chdir(tmp_path)

    assert homes.home_path() == homes.ROOT / ".siyu-2"


def test_only_one_can_claim_a_home(home):
    with homes.claimed(home) as first, homes.claimed(home) as second:
        assert first
        assert not second
    with homes.claimed(home) as third:
        assert third


def test_a_claim_is_not_inherited_by_children(home):
    with homes.claimed(home) as ours:
        assert ours
        code = "print(flush=True); input()"
        pipe = subprocess.PIPE
        child = subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, close_fds=False)
        child.stdout.readline()  # it is past its exec, where what is not inherited is closed
    try:
        with homes.claimed(home) as again:
            assert again
    finally:
        child.communicate(b"\n")


def test_births_tell_processes_apart(stranger):
    born = birth(stranger.pid)

    assert is_alive(stranger.pid, born)
    assert not is_alive(stranger.pid, birth(os.getpid()))
    stranger.kill()
    stranger.wait()
    assert not is_alive(stranger.pid, born)


def test_a_zombie_is_dead():
    process = subprocess.Popen([sys.executable, "-c", ""])
    born = birth(process.pid)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, and not yet collected

    assert not is_alive(process.pid, born)
    process.wait()


def test_settings_may_import_it_before_anything_is_installed():
    installed = ("django", "psutil", "redis", "honcho")
    code = f"import siyu.embedded.home, sys; print([name for name in {installed} if name in sys.modules])"
    said = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=homes.ROOT, capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == "[]"
