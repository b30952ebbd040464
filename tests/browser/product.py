"""The product as people start it, with its demo, in a folder and on a port of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from siyu.embedded.home import ROOT

READY_SECONDS = 600  # the demo's nine months, on a machine that does other things too
STOP_SECONDS = 60
PASSWORD = "browser tests sign in 2026"
SET_BY_EXEC = ("DATABASE_URL", "REDIS_URL", "SIYU_SECRET_KEY", "SIYU_MASTER_KEY", "DJANGO_SETTINGS_MODULE")


class Product:
    """One running `make up`. Its brands are those of workplace.demo: yunzhi, hetian and beile."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.output = folder / "up.out"
        environment = {name: value for name, value in os.environ.items() if name not in SET_BY_EXEC}
        environment |= {
            "SIYU_HOME": str(folder / "home"),
            "SIYU_PORT": str(self.port),
            "SIYU_DEMO_PASSWORD": PASSWORD,
        }
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "siyu.embedded", "up"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while "siyu is ready" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.2)

    def said(self) -> str:
        return self.output.read_text("utf-8", errors="replace")

    def url(self, slug: str = "", path: str = "/") -> str:
        """Of a brand's site, or of the agency's without a slug."""
        return f"http://{slug + '.' if slug else ''}localhost:{self.port}{path}"

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
