"""What several files of this room set up alike."""

from datetime import datetime

import pytest
from django.utils import timezone


@pytest.fixture
def clock(monkeypatch):
    """`clock("2026-06-11T10:00")` sets what time it is in Shanghai."""

    def set_to(text):
        instant = datetime.fromisoformat(f"{text}+08:00")
        monkeypatch.setattr(timezone, "now", lambda: instant)

    return set_to
