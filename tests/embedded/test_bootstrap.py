"""What runs before anything is installed, and the lock files it installs from."""

import subprocess
import sys

import pytest

from siyu.embedded.home import ROOT

sys.path.insert(0, str(ROOT / "bootstrap"))
import install  # found by the line above
import lock

GOOD = """\
# made
alpha==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via siyu
be-ta==2 ; python_version < '3.12' \\
    --hash=sha256:cc
"""


def test_our_lock_files_are_sound():
    done = subprocess.run([sys.executable, "bootstrap/lock.py", "--check"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("text", "wanted", "fault"),
    [
        (GOOD, ["alpha[extra]>=1", "be_ta"], None),
        (GOOD, ["gamma"], "lacks gamma"),
        (GOOD.replace("--hash=sha256:cc", ""), ["alpha"], "no hash: be-ta"),
        (GOOD.replace("alpha==", "alpha>="), [], "not an exact version"),
        ("--index-url https://example.invalid/simple\n" + GOOD, [], "names an address"),
        (GOOD + "gamma @ file:///tmp/gamma.whl\n", [], "names an address"),
    ],
)
def test_faults_of_a_lock_are_named(tmp_path, text, wanted, fault):
    (tmp_path / "some.lock").write_text(text)

    found = lock.faults(tmp_path / "some.lock", wanted)

    assert found == [] if fault is None else any(fault in line for line in found)


def test_the_kept_pip_is_the_one_we_checked():
    assert install.sha256(install.PIP_WHEEL) == install.PIP_SHA256
    assert (install.BOOTSTRAP / "pip-26.3.LICENSE.txt").exists()


def test_an_altered_pip_is_not_run(tmp_path, monkeypatch):
    altered = tmp_path / "pip.whl"
    altered.write_bytes(b"altered")
    monkeypatch.setattr(install, "PIP_WHEEL", altered)

    with pytest.raises(SystemExit, match="SHA-256"):
        install.install(tmp_path / "some.lock")


def test_the_dev_lock_holds_the_runtime_lock():
    stamp = {"dev": install.sha256(install.LOCKS["dev"])}

    assert install.is_installed("runtime", stamp)
    assert not install.is_installed("runtime", {"dev": "of an older lock"})
    assert not install.is_installed("dev", {"runtime": install.sha256(install.LOCKS["runtime"])})
    pinned = [line for line in install.LOCKS["runtime"].read_text().splitlines() if "==" in line]
    assert set(pinned) <= set(install.LOCKS["dev"].read_text().splitlines())
