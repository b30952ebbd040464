"""Where PostgreSQL lies, and what it may not do."""

import os
import pwd
import stat
from pathlib import Path
from types import SimpleNamespace

import psycopg2
import pytest

from siyu.embedded import postgres, run, valkey
from siyu.embedded.home import HomeError, make_home, running_settings

NOBODY = pwd.getpwnam("nobody")


@pytest.fixture
def home(tmp_path):
    make_home(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "ELSEWHERE", tmp_path / "elsewhere")
    return tmp_path / "elsewhere"


def test_an_ordinary_user_keeps_it_at_home(home):
    place = postgres.find_place(home, is_root=False)

    assert place == postgres.Place(home / "postgres", None)
    assert place.root.stat().st_mode & 0o077 == 0


def test_root_keeps_it_at_home_where_others_may_pass(home, monkeypatch):
    monkeypatch.setattr(postgres, "can_reach", lambda folder, user: True)

    place = postgres.find_place(home, is_root=True)

    assert place.root == home / "postgres"
    assert place.user in postgres.UNPRIVILEGED
    assert home.stat().st_mode & 0o777 == 0o711


def test_root_in_a_closed_folder_gets_a_pointer(home, elsewhere, monkeypatch):
    monkeypatch.setattr(postgres, "can_reach", lambda folder, user: False)

    place = postgres.find_place(home, is_root=True)

    assert place.root.parent == elsewhere
    assert (home / "postgres.path").read_text().strip() == str(place.root)
    assert home.stat().st_mode & 0o777 == 0o700
    assert postgres.find_place(home, is_root=True) == place  # the next start finds the same


def test_a_home_that_was_moved_keeps_its_database(home, elsewhere, monkeypatch):
    monkeypatch.setattr(postgres, "can_reach", lambda folder, user: False)
    place = postgres.find_place(home, is_root=True)
    moved = home.rename(home.with_name("moved"))

    assert postgres.find_place(moved, is_root=True) == place
    postgres.remove_elsewhere(moved)
    assert not place.root.exists()


def test_a_copy_of_a_home_may_not_share_its_database(home, elsewhere, monkeypatch):
    monkeypatch.setattr(postgres, "can_reach", lambda folder, user: False)
    place = postgres.find_place(home, is_root=True)
    copy = home.with_name("copy")
    copy.mkdir()
    (copy / "postgres.path").write_text(str(place.root))

    with pytest.raises(HomeError, match="copy"):
        postgres.find_place(copy, is_root=True)
    postgres.remove_elsewhere(copy)
    assert place.root.exists()


def test_a_pointer_to_nowhere_is_said(home):
    (home / "postgres.path").write_text("/nowhere/siyu")

    with pytest.raises(HomeError, match="not there"):
        postgres.find_place(home, is_root=True)


@pytest.mark.parametrize(
    ("mode", "owner", "reach"), [(0o755, 0, True), (0o700, 0, False), (0o700, NOBODY.pw_uid, True)]
)
def test_reach_goes_by_the_bits_of_every_folder_above(mode, owner, reach):
    def mode_of(path):
        closed = path == Path("/srv/closed")
        return SimpleNamespace(st_mode=mode if closed else 0o755, st_uid=owner if closed else 0, st_gid=0)

    assert postgres.can_reach(Path("/srv/closed/siyu"), "nobody", mode_of) is reach


def test_data_of_another_version_is_refused(home):
    place = postgres.find_place(home, is_root=False)
    place.data.mkdir()
    (place.data / "PG_VERSION").write_text("15\n")

    with pytest.raises(HomeError, match="PostgreSQL 15"):
        postgres.refuse_other_version(place)


def test_a_lock_of_a_recycled_number_is_cleared(home):
    place = postgres.find_place(home, is_root=False)
    place.data.mkdir()
    (place.data / "postmaster.pid").write_text(f"{os.getpid()}\n{place.data}\n")  # alive, but no PostgreSQL

    postgres.clear_stale_lock(place)

    assert not (place.data / "postmaster.pid").exists()


@pytest.fixture
def embedded_url():
    """The database that this test run has started itself."""
    url = os.environ.get("DATABASE_URL", "")
    if running_settings(Path(os.environ.get("SIYU_HOME", "/nowhere"))).get("DATABASE_URL") != url:
        pytest.skip("DATABASE_URL leads to a database that is not ours")
    return url


def test_our_role_can_make_brands_and_is_no_superuser(embedded_url):
    with psycopg2.connect(embedded_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, True, True)
        cursor.execute("CREATE ROLE situation_brand")
        cursor.execute("SET ROLE situation_brand")
        cursor.execute("RESET ROLE")
        connection.rollback()


def test_chinese_letters_are_letters(embedded_url):
    with psycopg2.connect(embedded_url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute("SELECT cardinality(show_trgm('王晓丽'))")
        assert cursor.fetchone()[0] > 0
        connection.rollback()


def test_the_database_wants_its_password(embedded_url):
    wrong = embedded_url.replace("://siyu:", "://siyu:x")

    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(wrong)


def test_valkey_keeps_what_it_is_given(tmp_path):
    text = valkey.configuration('/srv/私域 "home"', 7000, "secret", lasting=True)

    assert 'dir "/srv/私域 \\"home\\""' in text
    assert "appendonly yes\nappendfsync everysec\nmaxmemory-policy noeviction" in text
    assert "bind 127.0.0.1\n" in text


def test_temporary_homes_of_killed_runs_are_swept(tmp_path, monkeypatch):
    monkeypatch.setattr(run.tempfile, "tempdir", str(tmp_path))
    dead, foreign = tmp_path / "siyu-run-dead", tmp_path / "siyu-run-foreign"
    for folder in (dead, foreign):
        folder.mkdir()
    (dead / "lock").touch()
    os.utime(dead / "lock", (0, 0))
    with run.temporary_home() as alive:
        make_home(alive)
        (alive / "lock").touch()
        os.utime(alive / "lock", (0, 0))
        with run.claimed(alive):
            run.sweep_temporary_homes()
            assert alive.exists()
    assert not alive.exists()
    assert not dead.exists()
    assert foreign.exists()  # no lock: perhaps not ours, or being made just now


def test_the_wheels_binaries_are_executable():
    assert stat.S_IXUSR & (postgres.client_binaries() / "pg_dump").stat().st_mode
