"""Fetch the browser parts that are committed under siyu/static/vendor: `python3 bootstrap/vendor.py` (needs npm).

Only who raises a version runs this; users and CI take what is committed. Each file is copied byte for byte from the
published package, named with its version (so that browsers may keep it for ever), and its SHA-256 goes into
`vendor.lock`, which a test reads again. Icons are drawn into one sprite from the package's own nodes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

VENDOR = Path(__file__).resolve().parent.parent / "siyu" / "static" / "vendor"
COMPRESSED = {".css", ".js", ".svg"}  # text is served as gzip from a file beside it

ICONS = (
    "adjustments", "alert-triangle", "arrow-left", "bell", "building-store", "calendar", "chart-line", "check",
    "chevron-down", "chevron-left", "chevron-right", "circle-check", "circle-dashed", "circle-x", "clock",
    "cloud-off", "database", "database-import", "dots", "download", "edit", "external-link", "eye-off", "file-check",
    "file-spreadsheet", "file-text", "filter", "gauge", "git-compare", "headset", "heart-handshake", "history", "home",
    "hourglass", "id-badge-2", "inbox", "info-circle", "language", "layout-dashboard", "list-details", "lock",
    "login", "logout", "menu-2", "message", "minus", "photo", "plug", "plus", "printer", "refresh", "report",
    "ruler-measure", "scale", "search", "send", "settings", "shield-lock", "star", "table-export", "target-arrow",
    "trash", "upload", "user", "user-check", "user-plus", "user-star", "users", "users-group", "wallet", "x",
)  # fmt: skip


@dataclass(frozen=True)
class Package:
    """`files`: from the path inside the package to the name here; `licences`: the same, of what says so."""

    name: str
    version: str
    licence: str
    files: dict[str, str]
    licences: dict[str, str]


PACKAGES = (
    Package(
        "bootstrap", "5.3.9", "MIT",
        {
            "dist/css/bootstrap.min.css": "bootstrap-5.3.9.min.css",
        },
        {"LICENSE": "bootstrap.LICENSE.txt"},
    ),
    Package(
        "echarts", "6.1.0", "Apache-2.0",
        {"dist/echarts.common.min.js": "echarts-6.1.0.common.min.js"},
        {
            "LICENSE": "echarts.LICENSE.txt",
            "NOTICE": "echarts.NOTICE.txt",
            "licenses/LICENSE-d3": "echarts.LICENSE-d3.txt",
        },
    ),
    Package(
        "@fontsource-variable/inter", "5.3.0", "OFL-1.1",
        {"files/inter-latin-wght-normal.woff2": "inter-5.3.0-latin-wght.woff2"},
        {"LICENSE": "inter.LICENSE.txt"},
    ),
    Package("@tabler/icons", "3.51.0", "MIT", {}, {"LICENSE": "tabler-icons.LICENSE.txt"}),
)  # fmt: skip
SPRITE = "tabler-icons-3.51.0.svg"


def main() -> None:
    VENDOR.mkdir(parents=True, exist_ok=True)
    locked, kept = {}, {"vendor.lock"}
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as folder:
            unpacked = unpack(package, Path(folder))
            wanted = {**package.files, **package.licences}
            written = {name: (unpacked / path).read_bytes() for path, name in wanted.items()}
            if package.name == "@tabler/icons":
                written[SPRITE] = draw_sprite(json.loads((unpacked / "tabler-nodes-outline.json").read_text("utf-8")))
        for name, content in written.items():
            write(name, content)
            kept.add(name)
        locked[package.name] = {
            "version": package.version,
            "licence": package.licence,
            "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(written.items())},
        }
    VENDOR.joinpath("vendor.lock").write_text(json.dumps(locked, indent=2) + "\n", "utf-8")
    for path in VENDOR.iterdir():
        if path.name.removesuffix(".gz") not in kept:
            path.unlink()


def unpack(package: Package, folder: Path) -> Path:
    """The published package, unpacked; its folder."""
    subprocess.run(["npm", "pack", f"{package.name}@{package.version}", "--silent"], cwd=folder, check=True)
    [archive] = folder.glob("*.tgz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package"


def write(name: str, content: bytes) -> None:
    path = VENDOR / name
    path.write_bytes(content)
    if path.suffix in COMPRESSED:
        path.with_name(f"{name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def draw_sprite(nodes: dict[str, list[tuple[str, dict[str, str]]]]) -> bytes:
    """One symbol an icon, in the colour of the text around it."""
    symbols = []
    for icon in ICONS:
        drawn = "".join(
            f"<{tag} {' '.join(f'{key}={quoteattr(str(value))}' for key, value in given.items())}/>"
            for tag, given in nodes[icon]
        )
        symbols.append(
            f'<symbol id="{icon}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
            f'stroke-linecap="round" stroke-linejoin="round">{drawn}</symbol>'
        )
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'.encode()


if __name__ == "__main__":
    main()
