"""Write the lock files from pyproject.toml: `.venv/bin/python bootstrap/lock.py [--check] [--upgrade]`.

A lock holds exact versions and hashes for every platform and no address, so any mirror can serve it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from venv import PIP_WHEEL, ROOT  # type: ignore[attr-defined]  # bootstrap/install.py: this folder comes first on the path

UV = "uv==0.13.9"
HEADER = "# Made by `make lock` from pyproject.toml. Exact versions, hashes, no index address.\n"
