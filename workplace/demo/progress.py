"""How far the demo's first load is, for whoever waits for it at the terminal."""

import time
from typing import Protocol

STEP = 10  # percent between plain lines
WIDTH = 24


class Says(Protocol):
    """A text stream, or Django's wrapper of one."""

    def write(self, text: str, /) -> object: ...
    def flush(self) -> None: ...


class Progress:
    """`bar`: lines that begin with a carriage return, for the launcher to draw one over the other; otherwise a plain
    line for every tenth. `total`: in whatever unit `add` counts."""

    def __init__(self, out: Says, total: int, *, bar: bool) -> None:
        self.out, self.total, self.bar = out, max(total, 1), bar
        self.done, self.next = 0, 0
        self.began = time.monotonic()

    def add(self, count: int, what: str) -> None:
        """`count` more is done, the last of it `what`."""
        self.done = min(self.done + count, self.total)
        percent = 100 * self.done // self.total
        seconds = f"{time.monotonic() - self.began:.0f} s"
        if self.bar:
            filled = WIDTH * percent // 100
            drawn = f"[{'█' * filled}{'·' * (WIDTH - filled)}]"
            self.out.write(f"\r{drawn} {percent} %  {seconds}  {what}\n")
        elif percent >= self.next:
            self.next = percent - percent % STEP + STEP
            self.out.write(f"{percent:3} %  {seconds}  {what}\n")
        self.out.flush()
