"""What is vendored is what was published: every file under static/vendor is named in the lock with its hash."""

import gzip
import hashlib
import json
from pathlib import Path

import pytest
from django.conf import settings

from siyu.templatetags.icons import SPRITE

VENDOR: Path = settings.ROOT / "siyu" / "static" / "vendor"
LOCK = json.loads((VENDOR / "vendor.lock").read_text("utf-8"))
FILES = {name: digest for package in LOCK.values() for name, digest in package["sha256"].items()}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_the_one_of_the_lock(name):
    content = (VENDOR / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == FILES[name]
    packed = VENDOR / f"{name}.gz"
    assert not packed.exists() or gzip.decompress(packed.read_bytes()) == content


def test_nothing_else_lies_there():
    there = {path.name.removesuffix(".gz") for path in VENDOR.iterdir()} - {"vendor.lock"}
    assert there == set(FILES)


@pytest.mark.parametrize("package", LOCK)
def test_a_package_has_its_version_and_licence(package):
    assert LOCK[package]["version"]
    assert any("LICENSE" in name for name in LOCK[package]["sha256"])


def test_every_icon_that_a_template_names_is_drawn():
    """Those named by a variable are drawn or show nothing; the words beside them stay."""
    sprite = (settings.ROOT / "siyu" / "static" / SPRITE).read_text("utf-8")
    named = {
        word.split('"')[1]
        for template in (settings.ROOT / "templates").rglob("*.html")
        for word in template.read_text("utf-8").split("{% icon ")[1:]
        if word.startswith('"')
    }
    assert {name for name in named if f'id="{name}"' not in sprite} == set()
