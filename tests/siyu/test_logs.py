"""Log lines name the place of an error and never its words."""

import logging
import sys

import pytest

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


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/r/8hXk2Fq-secret/", "/r/…"),
        ("/r/8hXk2Fq-secret)", "/r/…"),
        ("/invitation/8hXk2Fq-secret/", "/invitation/…"),
        ("/reset/Mg/c1ab-8hXk2Fq-secret/", "/reset/…"),
        (f"/projects/2026/fans/{PHONE}/", "/projects/2026/fans/…"),
        (f"/api/v1/projects/2026/fans/wx {PHONE}/phone/", "/api/v1/projects/2026/fans/…"),
        ("/projects/2026/reports/7/", "/projects/2026/reports/7/"),
    ],
)
def test_an_address_is_logged_without_what_it_opens_and_whom_it_names(address, told):
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, "%s: %s", ("Forbidden", address), None)
    assert Formatter("%(name)s %(message)s").format(record) == f"django.request Forbidden: {told}"


def test_the_place_of_an_error_is_no_address():
    record = logging.LogRecord(
        "siyu", logging.ERROR, __file__, 1, 'KeyError\n  File "/srv/fans/api.py", line 3', (), None
    )
    assert 'File "/srv/fans/api.py", line 3' in Formatter("%(message)s").format(record)
