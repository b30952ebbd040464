"""Log lines name the place of an error and never its words."""

import logging
import sys

from siyu.logs import Formatter

PHONE = "13800138000"


def test_an_exception_is_logged_without_its_message():
    try:
        raise ValueError(PHONE)
    except ValueError:
        record = logging.LogRecord("siyu", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    line = Formatter("%(message)s").format(record)
    assert "ValueError" in line
    assert "test_logs.py" in line
    assert PHONE not in line
